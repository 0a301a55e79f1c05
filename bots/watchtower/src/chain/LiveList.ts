import type { Clock } from '@service-bots/core/clock';
import { plainLine, reasonOf } from '@service-bots/core/errors';
import { readLivePools, shownSource } from '@service-bots/core/prizePool';

const readEveryMs = 5 * 60_000;

/** The list of live prize pools, as far as it could be read. */
export interface LivePools {
  /** The last list that could be read, in lower case. */
  readonly pools: readonly string[] | undefined;
  /** The times at which a pool was added or removed after the first reading, ms since 1970. */
  readonly changesMs: ReadonlyMap<string, number>;
  /** Why the last reading failed; undefined after a successful one. */
  readonly problem: string | undefined;
}

/** Reads the list of live prize pools every five minutes. The readings never delay the looks at the bots. */
export class LiveList {
  readonly #source: string | undefined;
  readonly #clock: Clock;
  #readAtMs = -Infinity;
  #known: LivePools = { pools: undefined, changesMs: new Map(), problem: undefined };

  constructor(source: string | undefined, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The last known list; undefined where no list is configured. */
  get known(): LivePools | undefined {
    return this.#source === undefined ? undefined : this.#known;
  }

  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#source === undefined || nowMs - this.#readAtMs < readEveryMs) return;
    this.#readAtMs = nowMs;
    void this.#read(this.#source);
  }

  /** Reads the list. The promise never rejects; after an error the previous list stays in use. */
  async #read(source: string): Promise<void> {
    try {
      const pools = (await readLivePools(source)).map(address => address.toLowerCase());
      const before = this.#known.pools ?? pools;
      const changed = [
        ...pools.filter(pool => !before.includes(pool)),
        ...before.filter(pool => !pools.includes(pool)),
      ];
      const nowMs = this.#clock.now();
      const changesMs = new Map([...this.#known.changesMs, ...changed.map(pool => [pool, nowMs] as const)]);
      this.#known = { pools, changesMs, problem: undefined };
    } catch (error) {
      const problem = `${shownSource(source)}: ${plainLine(reasonOf(error))}`;
      this.#known = { ...this.#known, problem };
    }
  }
}
