import type { z } from 'zod';
import type { Observation } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Store } from '../store/index.ts';
import type { BotIdentity, GaugeReading } from './bot.ts';
import type { Finding } from './setup/finding.ts';
import type { Status } from './status/Status.ts';

/** Everything that the runtime gives to a bot without a chain. */
export interface OffChainContext<Config> {
  config: Config;
  /** The process's own rounds, alerts and figures, as `/status` shows them. */
  status: Status;
  logger: Logger;
  clock: Clock;
  /** Aborts when the process is asked to stop. The bot must then begin nothing new. */
  stop: AbortSignal;
  /** Removes secrets from a text. */
  redact(text: string): string;
  /** Returns the process's own metrics in the Prometheus format. */
  metrics(): Promise<string>;
  /** Opens a small piece of state on disk, under a name that the bot chooses. */
  store<T>(name: string, schema: z.ZodType<T>, empty: () => T): Store<T>;
}

/** The result of one round of a bot without a chain. */
export interface OffChainReport {
  observations: readonly Observation[];
  /**
   * The subjects that alerts may be about. An open alert about any other subject is resolved, because that
   * subject is no longer watched.
   */
  subjects: readonly string[];
  /**
   * Returns whether the object of an open alert is no longer watched although its subject still is, for
   * example a pool that left a list.
   */
  isOver?(alert: { check: string; subject?: string | undefined; pool?: string | undefined }): boolean;
  gauges?: readonly GaugeReading[];
  details?: Readonly<Record<string, unknown>>;
}

/** The work of a bot without a chain, between its start and its end. */
export interface OffChainWork {
  /** Called every `lookEveryMs`, never twice at a time. */
  round(): Promise<OffChainReport>;
  /** Called after each round, once its observations have been turned into alerts. */
  reported?(): void;
  close(): Promise<void>;
}

/**
 * A bot that needs neither a chain nor an endpoint for its work. It has the configuration, log, alerts,
 * lease, heartbeat, status and exit codes of every bot, and no wallet.
 */
export interface OffChainBot<S extends z.ZodObject> extends BotIdentity<S> {
  lookEveryMs(config: z.output<S>): number;
  /**
   * Opens the bot's work.
   * @throws SetupError when the set-up is wrong
   */
  open(ctx: OffChainContext<z.output<S>>): Promise<OffChainWork>;
  /** Returns the findings of `--check` beside those about configuration, state folder and channels. */
  examine(config: z.output<S>): Promise<readonly Finding[]>;
}
