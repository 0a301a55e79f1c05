import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { type Chain, chainOf, pollMsOf } from '../chains/index.ts';
import { type Clock, systemClock } from '../clock/index.ts';
import { type ConfigError, type Env, endpointsOf, joined } from '../config/index.ts';
import type { Lease } from '../lease/index.ts';
import { createLogger, failingClosed, type RootLogger } from '../logger/index.ts';
import { BlockSource, createBatchReader, FailoverProvider, LogReader } from '../rpc/index.ts';
import type { Bot, BotContext, BotIdentity, BotSchema, Cadence, ProcessSchema, Target } from './bot.ts';
import { botStores } from './botStores.ts';
import { openSender } from './openSender.ts';
import { prepareAlerting, readMutes } from './prepareAlerting.ts';
import { Progress } from './process/Progress.ts';
import { retryUntilStopped, startGrace } from './process/retryUntilStopped.ts';
import { takeLease } from './process/takeLease.ts';
import { BlockHints, listenForBlocks } from './rounds/BlockHints.ts';
import { BlockPace, learnPace } from './rounds/BlockPace.ts';
import { logEndpointChange } from './rounds/observations.ts';
import {
  resolveForeignAlerts,
  resolveUnusableAlert,
  resolveUnusedAlerts,
} from './rounds/resolveStaleAlerts.ts';
import { Standstill } from './rounds/Standstill.ts';
import { parse, type Setup } from './setup/parse.ts';
import { walletUseOf } from './setup/walletSetup.ts';
import { Heartbeat } from './status/Heartbeat.ts';
import { Metrics } from './status/Metrics.ts';
import { Status } from './status/Status.ts';
import { type StatusServer, startStatusServer } from './status/startStatusServer.ts';
import { unlessRefused } from './unlessRefused.ts';

const deliverEarlyMs = 30_000;

/** Everything that a process works with, whether or not its bot needs a chain. */
export interface Services<S extends ProcessSchema>
  extends Pick<Setup<S>, 'config' | 'nameOf' | 'redactor' | 'stuckMs'> {
  /**
   * Why the bot must not start: the problems of the environment, of the file of owners and of the status port.
   */
  readonly refused: ConfigError | undefined;
  readonly clock: Clock;
  readonly stopping: AbortController;
  /** Aborts when the process is asked to stop, or may not act any more. */
  readonly stop: AbortSignal;
  readonly logger: RootLogger;
  readonly status: Status;
  readonly metrics: Metrics;
  readonly server: StatusServer | undefined;
  /** The lease of this copy of the bot; only the copy that holds it acts. */
  readonly lease: Lease;
  /** Aborts, with a LeaseLost, when this copy may not act any more. */
  readonly lost: AbortSignal;
  readonly alerter: Alerter;
  readonly heartbeat: Heartbeat | undefined;
  /** Tracks the current step of the process. */
  readonly progress: Progress;
  /** Returns whether an endpoint may fail to answer because the machine's network is still starting. */
  isStarting(): boolean;
}

export interface OpenOptions {
  clock?: Clock;
  /** The stream of the log. @default standard output */
  stream?: NodeJS.WritableStream;
  /** Called with the alerter that reports until the state folder answers. */
  onEarly?(alerter: Alerter): void;
}

/**
 * Opens the services of a process, in an order in which each problem can be reported. A wrong environment
 * opens them from its usable part. The process stands by while another copy of the bot is at work, because
 * only that copy reads and delivers the alerts of the state folder.
 * @throws ConfigError when the environment cannot be used and another copy is at work
 */
export async function openServices<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  { clock = systemClock, stream, onEarly }: OpenOptions = {},
): Promise<Services<S>> {
  const { name, version } = bot;
  // 1. Read the environment.
  const { warnings, ...setup } = parse(bot, env);
  const { config, redactor } = setup;
  const { DRY_RUN: dryRun } = config as { DRY_RUN?: boolean };
  const redact = failingClosed(text => redactor.redact(text));

  // 2. Open the log.
  const { LOG_LEVEL: level, LOG_FORMAT: format, STATE_DIR: stateDir } = config;
  const logger = createLogger({ bot: name, level, format, redactor, ...(stream ? { stream } : {}) });

  // 3. Open the channels, and read who owns which alert.
  const status = new Status({
    bot: name,
    version,
    startedAt: clock.now(),
    dryRun,
    environment: config.ENVIRONMENT_NAME,
  });
  const alerting = await prepareAlerting({ bot, setup, status, clock, logger, redact });

  // 4. Open the status server, so that a copy that stands by answers as well.
  const metrics = new Metrics(status, clock.now);
  const { STATUS_PORT: port, STATUS_HOST: host } = config;
  const { value: server, refused: portRefused } = await unlessRefused(async () =>
    port === undefined
      ? undefined
      : startStatusServer({ host, port, status, metrics, redactor, now: clock.now }),
  );
  if (server !== undefined) logger.info('status server listens', { host, port: server.port });

  // 5. Take the lease. While the state folder does not answer, an alerter in memory reports that.
  let early: Alerter | undefined;
  const { lease, lost, problem } = await takeLease({
    bot: name,
    stateDir,
    status,
    clock,
    logger,
    unusable: setup.refused,
    onProblem: message => alerter.observe([{ check: 'state-unusable', failing: true, message }]),
    onSilent() {
      if (!early) {
        early = alerting.inMemory();
        onEarly?.(early);
      }
      const message = `STATE_DIR: ${stateDir} does not answer: its file system hangs; until it does, nothing is watched, sent or saved`;
      early.observe([
        { check: 'state-unusable', failing: true, message },
        ...(setup.refused
          ? [{ check: 'cannot-start', failing: true as const, message: setup.refused.message }]
          : []),
      ]);
    },
  });
  if (early) handOver(early);

  // 6. Open the alerts of the state folder.
  const alerter: Alerter = alerting.open(lease);
  await readMutes(alerter, logger);
  status.openAlerts = () => alerter.open;
  status.channels = () => alerter.channels;
  if (problem) alerter.observe([{ check: 'state-unusable', failing: true, message: problem }]);

  // 7. Open the heartbeat, and the watch over the steps of the process.
  const refused = joined(setup.refused, alerting.refused, portRefused);
  if (!refused) for (const warning of warnings) logger.warning(warning);
  const { HEARTBEAT_URL: heartbeatUrl } = config;
  const stopping = new AbortController();
  const stop = stopping.signal;
  return {
    ...setup,
    refused,
    clock,
    stopping,
    stop,
    logger,
    status,
    metrics,
    server,
    lease,
    lost,
    alerter,
    heartbeat: heartbeatUrl && new Heartbeat({ url: heartbeatUrl.reveal(), redact, clock, logger }),
    progress: new Progress(setup.stuckMs, clock),
    isStarting: refused ? () => true : startGrace(status, clock, stop),
  };
}

/** The services of a bot on a chain, beside those of its process. */
export interface ChainServices<S extends BotSchema> {
  /** The services that the bot itself gets. */
  readonly ctx: BotContext<z.output<S>>;
  /** Distributes hints that a new block may exist. */
  readonly hints: BlockHints;
  /** The pace of the chain, which learns from the head of every round. */
  readonly pace: BlockPace;
  readonly standstill: Standstill;
}

interface OnChain<S extends BotSchema, T extends Target> {
  bot: Bot<S, T>;
  services: Services<S>;
  cadence: Cadence;
  /** Returns the targets that the wallet may call. */
  targets(): readonly T[];
}

/**
 * Opens the services of a bot on a chain, from the first request on. Every step is retried until it succeeds,
 * so a node that is down does not end the bot. The caller destroys `ctx.provider`.
 * @returns undefined when the bot was stopped
 * @throws ConfigError when the wallet's set-up is wrong
 */
export async function openChainServices<S extends BotSchema, T extends Target>(
  given: OnChain<S, T>,
): Promise<ChainServices<S> | undefined> {
  const { services, cadence } = given;
  const { config, nameOf, logger, progress } = services;
  progress.begin('connecting to an endpoint');
  const endpoints = endpointsOf(config);
  const provider = await retryUntilStopped(services, {
    what: 'no RPC endpoint answers',
    check: 'rpc-unreachable',
    attempt: () =>
      FailoverProvider.connect(endpoints, config.CHAIN_ID, {
        options: chainId => ({
          blockTimeMs: cadence.blockTimeMs ?? chainOf(chainId).blockTimeMs,
          onChange: logEndpointChange(logger),
        }),
        variable: nameOf('RPC_URL'),
      }),
  });
  if (!provider) return undefined;
  let opened: ChainServices<S> | undefined;
  try {
    opened = await openOn(provider, given);
  } finally {
    if (!opened) provider.destroy();
  }
  return opened;
}

async function openOn<S extends BotSchema, T extends Target>(
  provider: FailoverProvider,
  { bot, services, cadence, targets }: OnChain<S, T>,
): Promise<ChainServices<S> | undefined> {
  const { config, alerter, heartbeat, status, logger, progress, clock, stop } = services;
  // 1. Learn the pace of the chain.
  const usual = chainOf(provider.chainId);
  const usualMs = cadence.blockTimeMs ?? usual.blockTimeMs;
  const pace = new BlockPace(usualMs);
  if (cadence.blockTimeMs === undefined) await learnPace(provider, pace, clock);
  const chain: Chain = {
    ...usual,
    get blockTimeMs() {
      return pace.blockTimeMs;
    },
  };
  const standstill = new Standstill(usual, usualMs, clock);
  status.standsStillSince = () => standstill.since;
  status.chain = chain;
  status.endpoints = () => provider.health.overview();
  resolveForeignAlerts(alerter, chain.name, provider.endpoints);
  logger.info('connected', {
    chain: chain.name,
    chainId: chain.id,
    endpoints: provider.endpoints.map(({ label }) => label),
  });

  // 2. Open the readers of contracts, blocks and logs.
  progress.begin('the first look at the chain');
  const reader = await retryUntilStopped(services, {
    what: 'the chain could not be read',
    check: 'rpc-unreachable',
    attempt: () => createBatchReader(provider),
  });
  if (!reader) return undefined;
  const hints = new BlockHints(clock, chain);
  const blocks = new BlockSource(provider, { pollMs: pollMsOf(chain), mostBlocks: 1_000, clock });
  hints.onHint(() => blocks.hint());
  if (config.WS_RPC_URL)
    listenForBlocks({
      address: config.WS_RPC_URL,
      hints,
      blockTimeMs: chain.blockTimeMs,
      clock,
      logger,
      stop,
    });
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
    store: botStores(`${bot.name}-${chain.id}`, services),
  };

  // 3. Open the wallet, where the configuration needs one.
  const use = walletUseOf(bot, config);
  resolveUnusedAlerts(alerter, { hasWallet: use !== undefined, hasHeartbeat: heartbeat !== undefined });
  if (use) {
    progress.begin('opening the wallet');
    ctx.sender = await openSender({ bot, use, services, ctx, hints, targets });
    if (!ctx.sender) return undefined;
    status.sender = ctx.sender;
    status.functions = use.functions;
  }
  return { ctx, hints, pace, standstill };
}

/**
 * Resolves the alerts that were raised from memory, since they are stored in no file. The hand-over does not
 * wait for their delivery.
 */
function handOver(early: Alerter): void {
  resolveUnusableAlert(early, 'STATE_DIR answers again');
  void early.flush(deliverEarlyMs).then(() => early.close());
}
