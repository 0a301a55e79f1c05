import type { z } from 'zod';
import type { Observation } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Store } from '../store/index.ts';
import type { BotIdentity, GaugeReading } from './bot.ts';
import type { Finding } from './doctor/finding.ts';
import type { Status } from './status.ts';

/** Everything that a bot without a chain gets from the runtime. */
export interface OffChainContext<Config> {
  config: Config;
  /** The process's own log, alerts and figures, as others see them. */
  status: Status;
  logger: Logger;
  clock: Clock;
  /** Aborts when the process was asked to stop: begin nothing new. */
  stop: AbortSignal;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** The process's own metrics in Prometheus' format. */
  metrics(): Promise<string>;
  /** A small piece of state on disk, under a name of the bot's own. */
  store<T>(name: string, schema: z.ZodType<T>, empty: () => T): Store<T>;
}

/** What a round of such a bot found. */
export interface OffChainReport {
  observations: readonly Observation[];
  /** Subjects that alerts may be about. An alert about another subject ends: it is not watched any more. */
  subjects: readonly string[];
  /** Whether what an open alert is about is not watched any more, though its subject is: a pool that left a list, say. */
  isOver?(alert: { check: string; subject?: string | undefined; pool?: string | undefined }): boolean;
  gauges?: readonly GaugeReading[];
  details?: Readonly<Record<string, unknown>>;
}

/** What such a bot does between its start and its end. */
export interface OffChainWork {
  /** Called every `lookEveryMs`, never twice at a time. */
  round(): Promise<OffChainReport>;
  /** Called after each round, once its observations are alerts. */
  reported?(): void;
  close(): Promise<void>;
}

/**
 * A bot that needs no chain, and no endpoint, to do its work. It has the configuration, log, alerts, lease, heartbeat,
 * status and exit codes of every bot, and no wallet.
 */
export interface OffChainBot<S extends z.ZodObject> extends BotIdentity<S> {
  lookEveryMs(config: z.output<S>): number;
  /** @throws SetupError when the set-up is wrong */
  open(ctx: OffChainContext<z.output<S>>): Promise<OffChainWork>;
  /** What `--check` finds beside configuration, state folder and channels. */
  examine(config: z.output<S>): Promise<readonly Finding[]>;
}
