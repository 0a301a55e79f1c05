import { Alerter, type Notice, type Observation, rulesWith } from '@service-bots/core/alerts';
import { type Clock, systemClock } from '@service-bots/core/clock';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { invariantAlerts } from '../alerts.ts';
import { crossCheckCritical } from '../judging/conclude.ts';
import { type Inspection, inspect, readPoolsAt } from '../judging/inspect.ts';
import { operatorsByName } from '../judging/operators.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import type { Snapshot } from '../readings/index.ts';
import { observationsOf } from '../reporting/observationsOf.ts';
import { silentLogger } from './silentLogger.ts';
import type { Tally } from './Tally.ts';

export type ReplayContext = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logs' | 'logger' | 'chain'>;

export interface ReplayOptions {
  /** The results so far. */
  tally: Tally;
  /** Path of the alerts' files, without an ending: the open alerts at the end of a part of the range. */
  alertFiles: string;
  resolveAfterMs: number;
  version: string;
  /** Called with the inspection of each pool at each block. */
  onInspection?: (inspection: Inspection, observations: readonly Observation[]) => void;
}

export interface ReplaySteps {
  /** Returns the pools that exist at a block. */
  poolsAt(block: number): readonly WatchedPool[];
  /** Ends the replay after the present block. */
  stop: AbortSignal;
  /** Called for each finished block. */
  onChecked?(block: Block): void;
}

/** The number of blocks that are read at a time; their checks run one after the other. */
const readAhead = 8;

/**
 * Runs the bot's checks over past blocks, and raises the alerts that the bot would have raised, at the time
 * of the chain. It uses the same reads, checks, cross-checks and life cycle of alerts, and delivers no
 * alert.
 */
export class Replay {
  readonly #ctx: ReplayContext;
  readonly #options: ReplayOptions;
  readonly #alerter: Alerter;
  #nowMs = 0;
  /** Delivers at once: the time that a service takes is not simulated. */
  readonly #clock: Clock = { ...systemClock, now: () => this.#nowMs };

  /** @param startsAt time of the first block, seconds since 1970 */
  constructor(ctx: ReplayContext, startsAt: number, options: ReplayOptions) {
    const { alertFiles: files, resolveAfterMs, version, tally } = options;
    this.#ctx = ctx;
    this.#options = options;
    this.#nowMs = startsAt * 1000;
    this.#alerter = new Alerter({
      bot: 'invariant',
      chain: () => ctx.chain.name,
      version,
      table: invariantAlerts,
      runbookUrl: 'docs/runbooks',
      rules: rulesWith(resolveAfterMs),
      channels: [
        { name: 'replay', deliver: async (notices: readonly Notice[]) => tally.addNotices(notices) },
      ],
      clock: this.#clock,
      logger: silentLogger(),
      redact: text => text,
      files,
    });
  }

  /**
   * Checks consecutive blocks.
   * @returns how many were checked
   * @throws the reason why a block cannot be read
   */
  async check(blocks: readonly Block[], { poolsAt, stop, onChecked }: ReplaySteps): Promise<number> {
    for (let i = 0; i < blocks.length; i += readAhead) {
      const group = blocks.slice(i, i + readAhead);
      const reads = group.map(block => readPoolsAt(this.#ctx, block, { pools: poolsAt(block.number) }));
      // A failure takes effect when its block's turn comes.
      for (const read of reads) read.catch(() => undefined);
      for (const [k, block] of group.entries()) {
        if (stop.aborted) return i + k;
        await this.#checkOne(block, poolsAt(block.number), (await reads[k]) as Snapshot[]);
        onChecked?.(block);
      }
    }
    return blocks.length;
  }

  /** Waits until every notice is counted; the open alerts are on disk then. */
  async settle(): Promise<void> {
    await this.#alerter.flush(10_000);
  }

  close(): void {
    this.#alerter.close();
  }

  async #checkOne(block: Block, pools: readonly WatchedPool[], snapshots: Snapshot[]): Promise<void> {
    const { tally, onInspection } = this.#options;
    this.#nowMs = block.timestamp * 1000;
    const inspections = await inspect(this.#ctx, block, { pools, snapshots });
    const operators = operatorsByName(this.#ctx.provider.endpoints, undefined);
    const ctx = { ...this.#ctx, clock: this.#clock };
    const confirmations = await crossCheckCritical(ctx, { block, inspections, operators });
    const found: Observation[] = [];
    for (const inspection of inspections) {
      const { watched, view, verdicts } = inspection;
      const confirmed = confirmations.get(watched) ?? new Map();
      const observations = observationsOf(inspection, confirmed, this.#nowMs);
      found.push(...observations);
      watched.remember(view.now, verdicts, view.diagnostics?.events);
      onInspection?.(inspection, observations);
    }
    tally.addFindings(block.number, found, address => pools.find(pool => pool.address === address)?.name);
    this.#alerter.observe(found);
  }
}
