import type { z } from 'zod';
import type { Clock } from '../clock/index.ts';
import {
  type alertVariables,
  type Env,
  joined,
  loadConfig,
  loadUsable,
  type NameOf,
  refusalOf,
  type rpcVariables,
  type runtimeVariables,
} from '../config/index.ts';
import { failingClosed } from '../logger/index.ts';
import type { BotIdentity, Cadence } from './bot.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Voice } from './openVoice.ts';
import { Progress } from './Progress.ts';
import { startGrace } from './startGrace.ts';
import { stuckMsOf, tooImpatient } from './stuckMsOf.ts';

type ProcessShape = typeof runtimeVariables & typeof alertVariables;
/** What the schema of every process has to hold: the shared pieces, whatever it adds. */
export type ProcessSchema = z.ZodObject<ProcessShape>;
/** What a bot's schema has to hold: the endpoints of its chain as well. */
export type BotSchema = z.ZodObject<typeof rpcVariables & ProcessShape>;

/** What a process has before its first request: configuration, log, alerts and status. */
export interface ProcessDesk<S extends ProcessSchema> extends Omit<Voice, 'refused'> {
  config: z.output<S> & z.output<ProcessSchema>;
  nameOf: NameOf;
  heartbeat: Heartbeat | undefined;
  /** Which step the process is at. */
  progress: Progress;
  /** Whether an endpoint that does not answer may still be the network of a machine that boots. */
  isStarting(): boolean;
}

/** The same, of a bot on a chain. */
export interface Desk<S extends BotSchema> extends Omit<ProcessDesk<S>, 'config'> {
  config: z.output<S> & z.output<BotSchema>;
  cadence: Cadence;
}

/**
 * @throws ConfigError when the environment cannot be used, with what the voice was refused as well
 */
export async function openDesk<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  clock: Clock,
  stop: AbortSignal,
  { refused, ...voice }: Voice,
): Promise<ProcessDesk<S>> {
  const { redactor, logger } = voice;
  const usable = loadUsable(bot.config, env);
  const wrong = joined(
    refusalOf(() => loadConfig(bot.config, env)),
    tooImpatient(usable.config, usable.nameOf),
    refused,
  );
  if (wrong) throw wrong;
  const loaded = loadConfig(bot.config, env);
  const config = loaded.config as ProcessDesk<S>['config'];
  for (const warning of loaded.warnings) logger.warning(warning);

  const { HEARTBEAT_URL: heartbeatUrl } = config;
  const redact = failingClosed(text => redactor.redact(text));
  const heartbeat = heartbeatUrl && new Heartbeat({ url: heartbeatUrl.reveal(), redact, clock, logger });
  const isStarting = startGrace(voice.status, clock, stop);
  const progress = new Progress(stuckMsOf(config), clock);
  return { ...voice, config, nameOf: loaded.nameOf, heartbeat, progress, isStarting };
}
