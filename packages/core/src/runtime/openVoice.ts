import { hostname } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  Alerter,
  type AlertTable,
  acknowledgementsSchema,
  type alertVariables,
  type Channel,
  type Ownership,
  onCall,
  openChannels,
  readOwnership,
  rulesWith,
  unknownChain,
} from '../alerts/index.ts';
import { chainOf, explorers } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import {
  ConfigError,
  type Env,
  joined,
  loadConfig,
  loadUsable,
  refusalOf,
  type runtimeVariables,
} from '../config/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Lease } from '../lease/index.ts';
import { createLogger, failingClosed, Redactor, type RootLogger } from '../logger/index.ts';
import { fileStore } from '../store/index.ts';
import type { BotIdentity } from './bot.ts';
import type { ProcessSchema } from './openDesk.ts';
import { probeStateDir } from './process/probeStateDir.ts';
import { takeLease } from './process/takeLease.ts';
import { resolveUnusableAlert } from './rounds/resolveStaleAlerts.ts';
import { runtimeAlerts } from './rounds/runtimeAlerts.ts';
import { Metrics } from './status/Metrics.ts';
import { Status } from './status/Status.ts';
import { type StatusServer, startStatusServer } from './status/startStatusServer.ts';

const deliverEarlyMs = 30_000;
/** A folder that hangs now must not keep the bot from watching: until it answers no alert is muted. */
const readAcknowledgementsMs = 5_000;

/**
 * The services that a process needs to deliver alerts: the first that it opens, and the last that it closes.
 */
export interface Voice {
  redactor: Redactor;
  logger: RootLogger;
  alerter: Alerter;
  status: Status;
  metrics: Metrics;
  server: StatusServer | undefined;
  /** The lease of this copy of the bot; only the copy that holds it acts. */
  lease: Lease;
  /** Aborts, with a LeaseLost, when this copy may not act any more. */
  lost: AbortSignal;
  /** Why the file of owners is not followed, or why there is no status server. */
  refused: ConfigError | undefined;
}

/** Each of these variables has a default or may be absent, so all of them are there in any environment. */
type VoiceConfig = z.output<z.ZodObject<typeof alertVariables & typeof runtimeVariables>> & {
  CHAIN_ID?: number;
  DRY_RUN?: boolean;
};

/**
 * Opens the log and the channels from the usable part of the environment, since a wrong environment may be
 * the first problem to report. Stands by while another copy of the bot is at work, because only that copy
 * reads and delivers the alerts of the state folder. While the folder does not answer, an alerter in memory
 * reports that.
 * @param onEarly called with the alerter that reports until the voice is open
 * @throws ConfigError when the environment cannot be used and another copy is at work
 */
export async function openVoice<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  clock: Clock,
  stream?: NodeJS.WritableStream,
  onEarly?: (alerter: Alerter) => void,
): Promise<Voice> {
  const usable = loadUsable(bot.config, env);
  const config = usable.config as VoiceConfig;
  const redactor = new Redactor(usable.secrets, { keepUrls: [config.RUNBOOK_URL, ...explorers] });
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  const logger = createLogger({ bot: bot.name, level, format, redactor, ...(stream ? { stream } : {}) });
  const status = new Status(bot.name, bot.version, config.DRY_RUN === true, clock.now());
  status.environment = config.ENVIRONMENT_NAME;
  const chain = () =>
    status.chain?.name ?? (config.CHAIN_ID === undefined ? unknownChain : chainOf(config.CHAIN_ID).name);
  const redact = failingClosed(text => redactor.redact(text));
  const { name, version } = bot;
  const channels = openChannels(config, { bot: name, version, host: hostname(), chain, redact });
  const table = { ...runtimeAlerts, ...bot.alerts };
  const { ownership, refused } = ownershipOf(config.OWNERS_FILE, name, table, channels);
  for (const link of ownership.links) redactor.keep(link);
  const metrics = new Metrics(status, clock.now);
  const server = await serverOf(config, status, metrics, redactor, clock);
  if (server && 'port' in server) {
    logger.info('status server listens', { host: config.STATUS_HOST, port: server.port });
  }
  const spoken = {
    bot: name,
    chain,
    version,
    table,
    environment: config.ENVIRONMENT_NAME,
    ownerOf: ownership.ownerOf,
    runbookUrl: config.RUNBOOK_URL.replace(/\/$/, ''),
    channels: ownership.routed(channels),
    clock,
    logger,
    redact,
    rules: rulesWith(config.ALERT_RESOLVE_AFTER_SECONDS * 1000),
  };
  const unusable = refusalOf(() => loadConfig(bot.config, env));
  const { STATE_DIR: folder } = config;
  let early: Alerter | undefined;
  const { lease, lost, problem } = await probeStateDir(
    takeLease({
      bot: name,
      stateDir: folder,
      status,
      clock,
      logger,
      unusable,
      onProblem: message => alerter.observe([{ check: 'state-unusable', failing: true, message }]),
    }),
    () => status.standby?.seenAt,
    clock,
    () => {
      if (!early) {
        early = new Alerter(spoken);
        onEarly?.(early);
      }
      const message = `STATE_DIR: ${folder} does not answer: its file system hangs; until it does, nothing is watched, sent or saved`;
      early.observe([
        { check: 'state-unusable', failing: true, message },
        ...(unusable ? [{ check: 'cannot-start', failing: true as const, message: unusable.message }] : []),
      ]);
    },
  );
  if (early) handOver(early);
  const files = join(folder, `${name}-alerts`);
  const alerter: Alerter = new Alerter({
    ...spoken,
    files,
    mayWrite: () => lease.holds(),
    acknowledgements: fileStore(
      `${files}-decisions.json`,
      acknowledgementsSchema,
      () => ({}),
      movedTo => {
        const message = `the file of acknowledgements and mutes could not be read and was set aside as ${movedTo}: the earlier ones no longer apply`;
        alerter.observe([{ check: 'state-unreadable', failing: true, message }]);
      },
    ),
  });
  // Muted alerts have to be muted from the first alert on.
  await withDeadline(
    alerter.readAcknowledgements(),
    readAcknowledgementsMs,
    () => new BotError('no answer'),
  ).catch(error =>
    logger.warning('acknowledgements and mutes could not be read yet; no alert is muted until then', {
      reason: reasonOf(error),
    }),
  );
  status.openAlerts = () => alerter.open;
  status.channels = () => alerter.channels;
  if (problem) alerter.observe([{ check: 'state-unusable', failing: true, message: problem }]);
  const voice = { redactor, logger, alerter, status, metrics, lease, lost };
  return server instanceof ConfigError
    ? { ...voice, server: undefined, refused: joined(refused, server) }
    : { ...voice, server, refused };
}

/**
 * Resolves the alerts that were raised from memory, since they are stored in no file. The hand-over does not
 * wait for their delivery.
 */
function handOver(early: Alerter): void {
  resolveUnusableAlert(early, 'STATE_DIR answers again');
  void early.flush(deliverEarlyMs).then(() => early.close());
}

/**
 * Starts the status server before anything is waited for, so that a copy that stands by answers as well.
 * @returns undefined when no port is configured; the ConfigError when the port cannot be had
 */
async function serverOf(
  { STATUS_PORT: port, STATUS_HOST: host }: VoiceConfig,
  status: Status,
  metrics: Metrics,
  redactor: Redactor,
  { now }: Clock,
): Promise<StatusServer | ConfigError | undefined> {
  if (port === undefined) return undefined;
  return startStatusServer(host, port, status, metrics, redactor, now).catch(error => {
    if (error instanceof ConfigError) return error;
    throw error;
  });
}

/** Reads the file of owners. Without a usable file every alert goes to everyone on call. */
function ownershipOf(
  file: string | undefined,
  bot: string,
  table: AlertTable,
  channels: readonly Channel[],
): { ownership: Ownership; refused?: ConfigError } {
  try {
    return { ownership: readOwnership({ file, bot, table, channels }) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ownership: onCall, refused: error };
  }
}
