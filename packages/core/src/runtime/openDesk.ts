import type { z } from 'zod';
import { failingClosed } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import {
  type alertVariables,
  type Env,
  joined,
  loadConfig,
  type NameOf,
  refusalOf,
  type rpcVariables,
  type runtimeVariables,
} from '../config/index.ts';
import type { Bot, Cadence, Target } from './bot.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Voice } from './openVoice.ts';

type SharedShape = typeof rpcVariables & typeof runtimeVariables & typeof alertVariables;
/** What a bot's schema has to hold: the shared pieces, whatever it adds. */
export type BotSchema = z.ZodObject<SharedShape>;

/** What a bot's process has before it has talked to anybody: configuration, and ways to tell people. */
export interface Desk<S extends BotSchema> extends Omit<Voice, 'refused'> {
  config: z.output<S> & z.output<BotSchema>;
  nameOf: NameOf;
  cadence: Cadence;
  heartbeat: Heartbeat | undefined;
}

/**
 * @throws ConfigError when the environment cannot be used, with what the voice was refused as well
 */
export async function openDesk<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  clock: Clock,
  { refused, ...voice }: Voice,
): Promise<Desk<S>> {
  const { redactor, logger } = voice;
  const wrong = joined(
    refusalOf(() => loadConfig(bot.config, env)),
    refused,
  );
  if (wrong) throw wrong;
  const loaded = loadConfig(bot.config, env);
  const config = loaded.config as Desk<S>['config'];
  for (const warning of loaded.warnings) logger.warning(warning);

  const cadence = bot.cadence(config);
  const { HEARTBEAT_URL: heartbeatUrl } = config;
  const redact = failingClosed(text => redactor.redact(text));
  const heartbeat = heartbeatUrl && new Heartbeat({ url: heartbeatUrl.reveal(), redact, clock, logger });
  return { ...voice, config, nameOf: loaded.nameOf, cadence, heartbeat };
}
