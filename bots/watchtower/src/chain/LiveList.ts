import type { Clock } from '@service-bots/core/clock';
import { plainLine, reasonOf } from '@service-bots/core/errors';
import { readLivePools, shownSource } from '@service-bots/core/prizePool';

const readEveryMs = 5 * 60_000;

/** What is known of the list of live prize pools. */
export interface LivePools {
  /** The last list that could be read, in lower case. */
  readonly pools: readonly string[] | undefined;
  /** Why it could not be read the last time; undefined once it could. */
  readonly problem: string | undefined;
}

/** Reads the list of live prize pools now and then, beside the looks at the bots and never in their way. */
export class LiveList {
  readonly #source: string | undefined;
  readonly #clock: Clock;
  #readAtMs = -Infinity;
  #known: LivePools = { pools: undefined, problem: undefined };

  constructor(source: string | undefined, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Undefined where no list is configured. */
  get known(): LivePools | undefined {
    return this.#source === undefined ? undefined : this.#known;
  }

  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#source === undefined || nowMs - this.#readAtMs < readEveryMs) return;
    this.#readAtMs = nowMs;
    void this.#read(this.#source);
  }

  /** Never rejects. The list of before stays, and is compared with meanwhile. */
  async #read(source: string): Promise<void> {
    try {
      const pools = (await readLivePools(source)).map(address => address.toLowerCase());
      this.#known = { pools, problem: undefined };
    } catch (error) {
      const problem = `${shownSource(source)}: ${plainLine(reasonOf(error))}`;
      this.#known = { ...this.#known, problem };
    }
  }
}
