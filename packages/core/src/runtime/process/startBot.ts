import type { z } from 'zod';
import type { Alerter } from '../../alerts/index.ts';
import { type Chain, chainOf, pollMsOf } from '../../chains/index.ts';
import { type Clock, systemClock, withDeadline } from '../../clock/index.ts';
import { ConfigError, type Env } from '../../config/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import type { RootLogger } from '../../logger/index.ts';
import { BlockSource, createBatchReader, LogReader } from '../../rpc/index.ts';
import type { Bot, BotContext, BotIdentity, Target } from '../bot.ts';
import { storesOf } from '../botStores.ts';
import { connect, listenForBlocks } from '../connection.ts';
import { type BotSchema, type Desk, openDesk, type ProcessDesk, type ProcessSchema } from '../openDesk.ts';
import { openSender } from '../openSender.ts';
import { openVoice, type Voice } from '../openVoice.ts';
import { BlockHints } from '../rounds/BlockHints.ts';
import { BlockPace, learnPace } from '../rounds/BlockPace.ts';
import { applyDiscovery, discover } from '../rounds/discovery.ts';
import { Rounds } from '../rounds/Rounds.ts';
import { resolveForeignAlerts, resolveUnusedAlerts } from '../rounds/resolveStaleAlerts.ts';
import { Standstill } from '../rounds/Standstill.ts';
import { stateObservations } from '../rounds/stateObservations.ts';
import { withAllProblems } from '../setup/refusedSetup.ts';
import type { Status } from '../status/Status.ts';
import { retryUntilStopped } from './retryUntilStopped.ts';

/** A bot that runs in this process. */
export interface RunningBot {
  readonly logger: RootLogger;
  readonly alerter: Alerter;
  readonly status: Status;
  /** The port of the status server, if there is one. */
  readonly statusPort: number | undefined;
  /**
   * Resolves after `stop`, or rejects with a fatal error: a SetupError, a LeaseLost, a Stuck, or a defect.
   */
  readonly done: Promise<void>;
  /** Finishes the transaction in hand and ends `done`, within 6.5 s. */
  stop(): Promise<void>;
  /** Lets the next copy of the bot begin. It is called last of all. */
  release(): Promise<void>;
}

export interface StartOptions {
  clock?: Clock;
  /** The stream of the log. @default standard output */
  stream?: NodeJS.WritableStream;
  /** The log and channels of this process, where they are open already. */
  voice?: Voice;
}

/** Part of the 8.5 s that a stop may take; the rest is for the round under way and for delivering alerts. */
const finishTransactionsMs = 6_000;
const finishRoundMs = 500;
/** A transaction of an earlier process is expected to be mined within this many blocks. */
const leftoverBlocks = 20;

/**
 * Parses, wires and starts a bot as soon as no other copy of it is at work; the work goes on in `done`.
 * @throws ConfigError when the environment cannot be used, or the status port cannot be had
 */
export function startBot<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  options: StartOptions = {},
): Promise<RunningBot> {
  return startProcess(bot, env, options, {
    run: (opened, clock, stop) => {
      const config = opened.config as Desk<S>['config'];
      return work(bot, { ...opened, config, cadence: bot.cadence(config) }, clock, stop);
    },
    // All problems of the set-up are reported at once, even those that are found late.
    inFull: (error, { redactor, logger }) => withAllProblems(error, bot, env, redactor, logger),
  });
}

/** The work of any kind of process. */
export interface Work<S extends ProcessSchema> {
  /** Runs from the first request to the last; ends when `stop` aborts. */
  run(desk: ProcessDesk<S>, clock: Clock, stop: AbortSignal): Promise<void>;
  /** Adds to a refused set-up all its other problems. */
  inFull?(refused: ConfigError, voice: Voice): Promise<ConfigError>;
}

/**
 * Parses, wires and starts a process as soon as no other copy of it is at work.
 * @throws ConfigError when the environment cannot be used, or the status port cannot be had
 */
export async function startProcess<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  { clock = systemClock, stream, voice }: StartOptions,
  { run, inFull: add }: Work<S>,
): Promise<RunningBot> {
  const said = voice ?? (await openVoice(bot, env, clock, stream));
  const inFull = async (error: unknown): Promise<never> => {
    throw error instanceof ConfigError && add ? await add(error, said) : error;
  };
  const stopping = new AbortController();
  const desk = await openDesk(bot, env, clock, stopping.signal, said).catch(inFull);
  const { logger, alerter, heartbeat, status, server, lease, lost } = desk;
  heartbeat?.started({ bot: bot.name, version: bot.version });
  const ousted = new Promise<never>((_, reject) => {
    const onLost = () => {
      stopping.abort();
      reject(lost.reason);
    };
    lost.addEventListener('abort', onLost, { once: true });
    if (lost.aborted) onLost();
  });
  const working = run(desk, clock, stopping.signal).catch(inFull);
  const stuck = desk.progress.watch(stopping.signal).then(() => working);
  const done = Promise.race([working, ousted, stuck]).finally(() => server?.close());
  done.catch(() => undefined);
  return {
    logger,
    alerter,
    status,
    statusPort: server?.port,
    done,
    async stop() {
      stopping.abort();
      const finished = status.sender?.stop(finishTransactionsMs);
      const told = heartbeat?.stopping();
      const over = new AbortController();
      const ended = Promise.all([finished, told, done.catch(() => undefined)]).then(() => over.abort());
      await Promise.race([ended, clock.sleep(finishTransactionsMs + finishRoundMs, over.signal)]);
    },
    release: () => lease.release(),
  };
}

/** Does the whole work of a bot on a chain, from the first request to the last. */
async function work<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  desk: Desk<S>,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const { config, nameOf, cadence, alerter, heartbeat, status, metrics, logger, progress, isStarting } = desk;
  progress.begin('connecting to an endpoint');
  const provider = await connect(desk, clock, stop);
  if (!provider) return;
  try {
    const usual = chainOf(provider.chainId);
    const pace = new BlockPace(cadence.blockTimeMs ?? usual.blockTimeMs);
    if (cadence.blockTimeMs === undefined) await learnPace(provider, pace, clock);
    const chain: Chain = {
      ...usual,
      get blockTimeMs() {
        return pace.blockTimeMs;
      },
    };
    const standstill = new Standstill(usual, cadence.blockTimeMs ?? usual.blockTimeMs, clock);
    status.standsStillSince = () => standstill.since;
    status.chain = chain;
    status.endpoints = () => provider.health.overview();
    resolveForeignAlerts(alerter, chain.name, provider.endpoints);
    logger.info('connected', {
      chain: chain.name,
      chainId: chain.id,
      endpoints: provider.endpoints.map(({ label }) => label),
    });

    let targets: readonly T[] = [];
    progress.begin('the first look at the chain');
    const reader = await retryUntilStopped(
      'the chain could not be read',
      desk,
      clock,
      stop,
      'rpc-unreachable',
      () => createBatchReader(provider),
    );
    if (!reader) return;
    const hints = new BlockHints(clock, chain);
    const blocks = new BlockSource(provider, { pollMs: pollMsOf(chain), mostBlocks: 1_000, clock });
    hints.onHint(() => blocks.hint());
    listenForBlocks(desk, hints, chain, clock, stop);
    const ctx: BotContext<z.output<S>> = {
      config,
      chain,
      provider,
      reader,
      logs: new LogReader(provider),
      blocks,
      sender: undefined,
      logger,
      clock,
      stop,
      observe: observations => alerter.observe(observations),
      tell: news => alerter.tell(news),
      store: storesOf(bot.name, chain, desk),
    };
    const hasWallet = bot.wallet !== undefined && (bot.wallet.wanted?.(config) ?? true);
    resolveUnusedAlerts(alerter, { hasWallet, hasHeartbeat: heartbeat !== undefined });
    if (hasWallet) {
      progress.begin('opening the wallet');
      ctx.sender = await openSender(bot, desk, ctx, hints, () => targets);
      if (!ctx.sender) return;
      status.sender = ctx.sender;
      status.functions = bot.wallet?.functions ?? [];
    }
    const roundTimeoutMs = config.ROUND_TIMEOUT_SECONDS * 1000;
    progress.begin('the discovery of pools');
    const found = await retryUntilStopped(
      'pools could not be discovered',
      desk,
      clock,
      stop,
      'discovery-failed',
      () => discover(bot, ctx, [], roundTimeoutMs),
    );
    if (!found) return;
    targets = found.targets;
    applyDiscovery(found, desk);
    logger.info('watching', { pools: targets.map(({ address, name }) => `${name} ${address}`) });
    // The sender starts after discovery: a pending transaction may have to be signed again, and the wallet
    // signs only for known pools.
    progress.begin('taking up the transactions of an earlier process');
    await ctx.sender?.start();
    // A decision before earlier transactions are mined may repeat what they do already. A transaction that is
    // stuck must not delay the alerts about overdue actions, so the wait has a limit.
    await withDeadline(
      ctx.sender?.ready ?? Promise.resolve(),
      Math.min(roundTimeoutMs, leftoverBlocks * chain.blockTimeMs),
      () => new BotError('transactions from before the restart are still in flight'),
    ).catch(error => logger.warning(`${reasonOf(error)}; beginning all the same`));
    await new Rounds(
      {
        bot,
        ctx,
        cadence,
        nameOf,
        hints,
        roundTimeoutMs,
        alerter,
        progress,
        isStarting,
        heartbeat,
        status,
        metrics,
        pace,
        standstill,
        stateObservations: () => (ctx.sender ? stateObservations(desk.lease, ctx.sender.journalTrouble) : []),
        clock,
        logger,
      },
      targets,
      next => {
        targets = next;
      },
    ).run();
  } finally {
    provider.destroy();
  }
}
