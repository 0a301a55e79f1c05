import type { z } from 'zod';
import type { alertVariables } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import {
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
import type { Voice } from './openVoice.ts';
import { Progress } from './process/Progress.ts';
import { startGrace } from './process/startGrace.ts';
import { stuckMsOf, tooImpatient } from './setup/stuckMsOf.ts';
import { Heartbeat } from './status/Heartbeat.ts';

type ProcessShape = typeof runtimeVariables & typeof alertVariables;
/** The schema of a process: it must hold the shared variables, beside any of its own. */
export type ProcessSchema = z.ZodObject<ProcessShape>;
/** The schema of a bot: it must hold the variables of its chain's endpoints as well. */
export type BotSchema = z.ZodObject<typeof rpcVariables & ProcessShape>;

/** Everything that a process has before its first request: configuration, log, alerts and status. */
export interface ProcessDesk<S extends ProcessSchema> extends Omit<Voice, 'refused'> {
  config: z.output<S> & z.output<ProcessSchema>;
  nameOf: NameOf;
  heartbeat: Heartbeat | undefined;
  /** Tracks the current step of the process. */
  progress: Progress;
  /** Returns whether an endpoint may fail to answer because the machine's network is still starting. */
  isStarting(): boolean;
}

/** Everything that a bot on a chain has before its first request. */
export interface Desk<S extends BotSchema> extends Omit<ProcessDesk<S>, 'config'> {
  config: z.output<S> & z.output<BotSchema>;
  cadence: Cadence;
}

/**
 * Loads the configuration and opens the heartbeat and the progress of a process.
 * @throws ConfigError when the environment cannot be used, with the problems that the voice found as well
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
