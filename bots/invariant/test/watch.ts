import type { Severity } from '@service-bots/core/alerts';
import { chainOf } from '@service-bots/core/chains';
import { Secret } from '@service-bots/core/config';
import { beginningOf, readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, LogReader, readBlock, readHead } from '@service-bots/core/rpc';
import type { Anvil, Devnet } from '@service-bots/devnet';
import type { Result } from '../src/checks/index.ts';
import { type Inspection, inspect, readPoolsAt } from '../src/judging/inspect.ts';
import { prepared } from '../src/pools/discover.ts';
import { noOverrides } from '../src/pools/overrides.ts';
import { WatchedPool } from '../src/pools/WatchedPool.ts';

/** A result of a check other than "holds" or "does not apply". */
export interface Finding {
  block: number;
  pool: string;
  check: string;
  severity: Severity | 'indeterminate';
  message: string;
  result: Result;
}

/** Checks every block of a chain as the bot does, in this process: for tests with many scenes. */
export class Watch {
  readonly #provider: FailoverProvider;
  readonly #ctx: Parameters<typeof inspect>[0];
  readonly #watched: readonly WatchedPool[];
  #next: number;
  /** The inspections of the newest block. */
  last: readonly Inspection[] = [];

  private constructor(
    provider: FailoverProvider,
    ctx: Parameters<typeof inspect>[0],
    watched: readonly WatchedPool[],
    next: number,
  ) {
    this.#provider = provider;
    this.#ctx = ctx;
    this.#watched = watched;
    this.#next = next;
  }

  /** Begins with the newest block. */
  static async begin({ rpcUrl }: Pick<Anvil, 'rpcUrl'>, devnet: Devnet): Promise<Watch> {
    const provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(rpcUrl) }]);
    const logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {}, child: () => logger };
    const reader = await createBatchReader(provider);
    const ctx = { provider, reader, logs: new LogReader(provider), logger };
    const head = await readHead(provider);
    const addresses = devnet.pools.map(({ address }) => address);
    const { pools } = await readPools(reader, head, addresses);
    const beginning = await beginningOf(provider, chainOf(provider.chainId), head);
    const watched = await Promise.all(
      pools.map(
        async pool =>
          new WatchedPool(await prepared(ctx, { block: head, pool, overrides: noOverrides, beginning })),
      ),
    );
    return new Watch(provider, ctx, watched, head.number);
  }

  /** Returns the findings in the blocks since the last call, the oldest first. */
  async findings(): Promise<Finding[]> {
    const found: Finding[] = [];
    const { number: newest } = await readHead(this.#provider);
    for (; this.#next <= newest; this.#next += 1) {
      const block = await readBlock(this.#provider, this.#next);
      if (!block) throw new Error(`block ${this.#next} is not there`);
      const snapshots = await readPoolsAt(this.#ctx, block, { pools: this.#watched });
      this.last = await inspect(this.#ctx, block, { pools: this.#watched, snapshots });
      for (const { watched, view, verdicts } of this.last) {
        watched.remember(view.now, verdicts, view.diagnostics?.events);
        for (const { check, result } of verdicts) {
          const about = { block: block.number, pool: watched.name, check: check.name, result };
          if (result.outcome === 'fails')
            found.push({ ...about, severity: result.severity ?? check.severity, message: result.message });
          if (result.outcome === 'indeterminate' && result.see === undefined)
            found.push({ ...about, severity: 'indeterminate', message: result.reason });
        }
      }
    }
    return found;
  }

  close(): void {
    this.#provider.destroy();
  }
}
