import { hostname } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  Alerter,
  type AlertTable,
  decisionsSchema,
  failingClosed,
  type Ownership,
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
  ConfigError,
  type Env,
  loadUsable,
  type runtimeVariables,
} from '../config/index.ts';
import { createLogger, Redactor, type RootLogger } from '../logger/index.ts';
import { fileStore } from '../store/index.ts';
import type { Bot, Target } from './bot.ts';
import type { BotSchema } from './openDesk.ts';
import { runtimeAlerts } from './runtimeAlerts.ts';
import { Status } from './status.ts';

/** What a bot's process needs to tell people something: the first that it has, and the last that it lets go of. */
export interface Voice {
  redactor: Redactor;
  logger: RootLogger;
  alerter: Alerter;
  status: Status;
  /** Why the file of owners is not followed. */
  ownersRefused: ConfigError | undefined;
}

/** Each of these has a default or may be absent, so it is all there whatever the environment says. */
type VoiceConfig = z.output<z.ZodObject<typeof alertVariables & typeof runtimeVariables>> & {
  CHAIN_ID?: number;
  DRY_RUN?: boolean;
};

/**
 * Log and channels, from as much of the environment as can be used: that the rest of it is wrong is the first thing that
 * people may have to be told.
 */
export async function openVoice<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  clock: Clock,
  stream?: NodeJS.WritableStream,
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
  const { ownership, refused } = ownershipOf(
    config.OWNERS_FILE,
    name,
    table,
    channels.map(each => each.name),
  );
  const files = join(config.STATE_DIR, `${name}-alerts`);
  const alerter: Alerter = new Alerter({
    bot: name,
    chain,
    version,
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
  return { redactor, logger, alerter, status, ownersRefused: refused };
}

/** Without a file that can be followed everybody who is on call hears of it. */
function ownershipOf(
  file: string | undefined,
  bot: string,
  table: AlertTable,
  configured: readonly string[],
): { ownership: Ownership; refused?: ConfigError } {
  if (file === undefined) return { ownership: onCall };
  try {
    return { ownership: readOwnership({ file, bot, table, configured }) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ownership: onCall, refused: error };
  }
}
