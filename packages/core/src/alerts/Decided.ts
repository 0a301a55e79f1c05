import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Store } from '../store/index.ts';
import type { Decision } from './alert.ts';
import type { Decisions } from './schemas.ts';

const lookEveryMs = 1_000;

interface DecidedOptions {
  clock: Clock;
  logger: Logger;
  decisions?: Store<Decisions>;
}

/** What people decided from the command line, as it was found the last time. */
export class Decided {
  readonly #options: DecidedOptions;
  #found: Decisions = {};
  #lookedAt = -Infinity;

  /** Without a store nothing is ever decided. */
  constructor(options: DecidedOptions) {
    this.#options = options;
  }

  about(key: string): Decision | undefined {
    return this.#found[key];
  }

  get all(): [key: string, decision: Decision][] {
    return Object.entries(this.#found);
  }

  /** Looks again, at most once a second. Never rejects. @returns whether anything has changed */
  async look(): Promise<boolean> {
    const { clock, logger, decisions } = this.#options;
    const now = clock.now();
    if (!decisions || Math.abs(now - this.#lookedAt) < lookEveryMs) return false;
    this.#lookedAt = now;
    try {
      const before = this.#found;
      this.#found = await decisions.read();
      return !isDeepStrictEqual(before, this.#found);
    } catch (error) {
      logger.warning('what was decided about alerts could not be read', { reason: reasonOf(error) });
      return false;
    }
  }
}
