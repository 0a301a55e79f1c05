import type { Alerter } from '../../alerts/index.ts';
import { withDeadline } from '../../clock/index.ts';
import { ConfigError, type Env } from '../../config/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import type { RootLogger } from '../../logger/index.ts';
import type { Bot, BotIdentity, BotSchema, ProcessSchema, Target } from '../bot.ts';
import { applyDiscovery, discover } from '../rounds/discovery.ts';
import { Rounds } from '../rounds/Rounds.ts';
import { type OpenOptions, openChainServices, openServices, type Services } from '../services.ts';
import { examine, refusalInFull } from '../setup/examine.ts';
import type { Finding } from '../setup/finding.ts';
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

export type StartOptions = Pick<OpenOptions, 'clock' | 'stream'>;

/** Part of the 8.5 s that a stop may take; the rest is for the round under way and for delivering alerts. */
const finishTransactionsMs = 6_000;
const finishRoundMs = 500;
/** A transaction of an earlier process is expected to be mined within this many blocks. */
const leftoverBlocks = 20;

/**
 * Opens the services of a bot, and starts it as soon as no other copy of it is at work; the work goes on in
 * `done`.
 * @throws ConfigError when the environment cannot be used, or the status port cannot be had
 */
export async function startBot<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  options: StartOptions = {},
): Promise<RunningBot> {
  return startProcess(bot, await openServices(bot, env, options), onChain(bot));
}

/** The parts that differ between the kinds of processes. */
export interface ProcessKind<S extends ProcessSchema> {
  /** Runs from the first request to the last; ends when `services.stop` aborts. */
  work(services: Services<S>): Promise<void>;
  /** Adds to a refused set-up all its other problems, also those that are found late. */
  refusalInFull?(refused: ConfigError, services: Services<S>): Promise<ConfigError>;
  /** Returns the findings of `--check`. */
  examine(env: Env): Promise<Finding[]>;
}

/** Returns the work of a process whose bot needs a chain, and the examination of its set-up. */
export function onChain<S extends BotSchema, T extends Target>(bot: Bot<S, T>): ProcessKind<S> {
  return {
    work: services => work(bot, services),
    refusalInFull: (refused, services) => refusalInFull(bot, services, refused),
    examine: env => examine(bot, env),
  };
}

/**
 * Starts a process whose services are open.
 * @throws ConfigError when the set-up is refused
 */
export async function startProcess<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  services: Services<S>,
  kind: ProcessKind<S>,
): Promise<RunningBot> {
  const { logger, alerter, heartbeat, status, server, lease, lost, stopping, stop, progress, clock } =
    services;
  const inFull = async (error: unknown): Promise<never> => {
    throw error instanceof ConfigError && kind.refusalInFull
      ? await kind.refusalInFull(error, services)
      : error;
  };
  if (services.refused) return inFull(services.refused);
  heartbeat?.started({ bot: bot.name, version: bot.version });
  const ousted = new Promise<never>((_, reject) => {
    const onLost = () => {
      stopping.abort();
      reject(lost.reason);
    };
    lost.addEventListener('abort', onLost, { once: true });
    if (lost.aborted) onLost();
  });
  const working = kind.work(services).catch(inFull);
  const stuck = progress.watch(stop).then(() => working);
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
      const notified = heartbeat?.stopping();
      const over = new AbortController();
      const ended = Promise.all([finished, notified, done.catch(() => undefined)]).then(() => over.abort());
      await Promise.race([ended, clock.sleep(finishTransactionsMs + finishRoundMs, over.signal)]);
    },
    release: () => lease.release(),
  };
}

/** Does the whole work of a bot on a chain, from the first request to the last. */
async function work<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  services: Services<S>,
): Promise<void> {
  const { config, logger, progress } = services;
  const cadence = bot.cadence(config);
  let targets: readonly T[] = [];
  // 1. Open the services that need the chain.
  const opened = await openChainServices({ bot, services, cadence, targets: () => targets });
  if (!opened) return;
  const { ctx } = opened;
  try {
    // 2. Discover the targets.
    const roundTimeoutMs = config.ROUND_TIMEOUT_SECONDS * 1000;
    progress.begin('the discovery of pools');
    const found = await retryUntilStopped(services, {
      what: 'pools could not be discovered',
      check: 'discovery-failed',
      attempt: () => discover(bot, ctx, { withinMs: roundTimeoutMs }),
    });
    if (!found) return;
    targets = found.targets;
    applyDiscovery(found, services);
    logger.info('watching', { pools: targets.map(({ address, name }) => `${name} ${address}`) });

    // 3. Take up the transactions of an earlier process. This follows the discovery: a pending transaction may
    // have to be signed again, and the wallet signs only for known pools.
    progress.begin('taking up the transactions of an earlier process');
    await ctx.sender?.start();
    // A decision before earlier transactions are mined may repeat what they do already. A transaction that is
    // stuck must not delay the alerts about overdue actions, so the wait has a limit.
    await withDeadline(
      ctx.sender?.ready ?? Promise.resolve(),
      Math.min(roundTimeoutMs, leftoverBlocks * ctx.chain.blockTimeMs),
      () => new BotError('transactions of the earlier process are still in flight'),
    ).catch(error =>
      logger.warning(`${reasonOf(error)}; the rounds begin without waiting for the earlier transactions`),
    );

    // 4. Run rounds until the bot is stopped.
    await new Rounds({
      bot,
      services,
      opened,
      cadence,
      roundTimeoutMs,
      targets,
      onTargets(next) {
        targets = next;
      },
    }).run();
  } finally {
    ctx.provider.destroy();
  }
}
