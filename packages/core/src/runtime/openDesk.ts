import type { z } from 'zod';
import { failingClosed } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import {
  type alertVariables,
  type Env,
  loadConfig,
  type rpcVariables,
  type runtimeVariables,
} from '../config/index.ts';
import type { Bot, Cadence, Target } from './bot.ts';
import { Heartbeat } from './heartbeat.ts';
import { Metrics } from './metrics.ts';
import type { Voice } from './openVoice.ts';
import { type StatusServer, startStatusServer } from './statusServer.ts';

type SharedShape = typeof rpcVariables & typeof runtimeVariables & typeof alertVariables;
/** What a bot's schema has to hold: the shared pieces, whatever it adds. */
export type BotSchema = z.ZodObject<SharedShape>;

/** What a bot's process has before it has talked to anybody: configuration, and ways to tell people. */
export interface Desk<S extends BotSchema> extends Omit<Voice, 'ownersRefused'> {
  config: z.output<S> & z.output<BotSchema>;
  cadence: Cadence;
  heartbeat: Heartbeat | undefined;
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
  { ownersRefused, ...voice }: Voice,
): Promise<Desk<S>> {
  const { redactor, logger, status } = voice;
  const loaded = loadConfig(bot.config, env);
  if (ownersRefused) throw ownersRefused;
  const config = loaded.config as Desk<S>['config'];
  for (const warning of loaded.warnings) logger.warning(warning);

  const cadence = bot.cadence(config);
  const metrics = new Metrics(status, clock.now);
  const { STATUS_PORT: port, STATUS_HOST: host, HEARTBEAT_URL: heartbeatUrl } = config;
  const server =
    port === undefined
      ? undefined
      : await startStatusServer(host, port, status, metrics, redactor, clock.now);
  if (server) logger.info('status server listens', { host, port: server.port });
  const redact = failingClosed(text => redactor.redact(text));
  const heartbeat = heartbeatUrl && new Heartbeat({ url: heartbeatUrl.reveal(), redact, clock, logger });
  return { ...voice, config, cadence, heartbeat, metrics, server };
}
