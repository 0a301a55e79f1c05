import { hostname } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  Alerter,
  decisionsSchema,
  failingClosed,
  onCall,
  openChannels,
  readOwnership,
  rulesWith,
  unknownChain,
} from '../alerts/index.ts';
import { chainOf, explorers } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import {
  type alertVariables,
  type Env,
  loadConfig,
  type rpcVariables,
  type runtimeVariables,
} from '../config/index.ts';
import { createLogger, Redactor, type RootLogger } from '../logger/index.ts';
import { fileStore } from '../store/index.ts';
import type { Bot, Cadence, Target } from './bot.ts';
import { Heartbeat } from './heartbeat.ts';
import { Metrics } from './metrics.ts';
import { runtimeAlerts } from './runtimeAlerts.ts';
import { Status } from './status.ts';
import { type StatusServer, startStatusServer } from './statusServer.ts';

type SharedShape = typeof rpcVariables & typeof runtimeVariables & typeof alertVariables;
/** What a bot's schema has to hold: the shared pieces, whatever it adds. */
export type BotSchema = z.ZodObject<SharedShape>;

/** What a bot's process has before it has talked to anybody: configuration, and ways to tell people. */
export interface Desk<S extends BotSchema> {
  config: z.output<S> & z.output<BotSchema>;
  cadence: Cadence;
  redactor: Redactor;
  logger: RootLogger;
  alerter: Alerter;
  heartbeat: Heartbeat | undefined;
  status: Status;
  metrics: Metrics;
  server: StatusServer | undefined;
}

/**
 * @throws ConfigError when the environment cannot be used
 * @throws SetupError when the status port cannot be had
 */
export async function openDesk<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  clock: Clock,
  stream?: NodeJS.WritableStream,
): Promise<Desk<S>> {
  const loaded = loadConfig(bot.config, env);
  const config = loaded.config as Desk<S>['config'];
  const redactor = new Redactor(loaded.secrets, { keepUrls: [config.RUNBOOK_URL, ...explorers] });
  const { LOG_LEVEL: level, LOG_FORMAT: format, STATUS_PORT: port, STATUS_HOST: host } = config;
  const logger = createLogger({ bot: bot.name, level, format, redactor, ...(stream ? { stream } : {}) });
  for (const warning of loaded.warnings) logger.warning(warning);

  const cadence = bot.cadence(config);
  const dryRun = 'DRY_RUN' in config && config.DRY_RUN === true;
  const status = new Status(bot.name, bot.version, dryRun, clock.now());
  status.environment = config.ENVIRONMENT_NAME;
  const metrics = new Metrics(status, clock.now);
  const chain = () =>
    status.chain?.name ?? (config.CHAIN_ID === undefined ? unknownChain : chainOf(config.CHAIN_ID).name);
  const redact = failingClosed(text => redactor.redact(text));
  const channels = openChannels(config, {
    bot: bot.name,
    version: bot.version,
    host: hostname(),
    chain,
    redact,
    logger,
  });
  const table = { ...runtimeAlerts, ...bot.alerts };
  const configured = channels.map(({ name }) => name);
  const ownership = config.OWNERS_FILE
    ? readOwnership({ file: config.OWNERS_FILE, bot: bot.name, table, configured })
    : onCall;
  const files = join(config.STATE_DIR, `${bot.name}-alerts`);
  const alerter = new Alerter({
    bot: bot.name,
    chain,
    version: bot.version,
    table,
    ownerOf: ownership.ownerOf,
    runbookUrl: config.RUNBOOK_URL.replace(/\/$/, ''),
    channels: ownership.routed(channels),
    clock,
    logger,
    redact,
    files,
    decisions: fileStore(
      `${files}-decisions.json`,
      decisionsSchema,
      () => ({}),
      movedTo => {
        const message = `what was decided about alerts could not be read and was set aside as ${movedTo}`;
        alerter.observe([{ check: 'state-unreadable', failing: true, message }]);
      },
    ),
    rules: rulesWith(config.ALERT_RESOLVE_AFTER_SECONDS * 1000),
  });
  // What is muted is so from the first alert on.
  await alerter.readDecisions();
  status.openAlerts = () => alerter.open;
  status.channels = () => alerter.channels;
  const server =
    port === undefined
      ? undefined
      : await startStatusServer(host, port, status, metrics, redactor, clock.now);
  if (server) logger.info('status server listens', { host, port: server.port });
  const heartbeat =
    config.HEARTBEAT_URL && new Heartbeat({ url: config.HEARTBEAT_URL.reveal(), redact, clock, logger });
  return { config, cadence, redactor, logger, alerter, heartbeat, status, metrics, server };
}
