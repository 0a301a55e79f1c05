import {
  AllEndpointsFailed,
  type Block,
  type BlockSource,
  readBlocks,
  readHead,
} from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { InvariantConfig } from './config.ts';
import { eventTopics } from './events.ts';

/** A block to check. */
export interface Visit {
  block: Block;
  /** Addresses of the pools to check there; undefined for all. */
  pools: ReadonlySet<string> | undefined;
}

/** What is to be done now. */
export interface Outlook {
  head: Block;
  /** The oldest first. */
  visits: Visit[];
  /** Blocks that came and will not be checked although they should have been. */
  skipped: number;
  /** The first block that a reorg has replaced, if one did. */
  replacedFrom: number | undefined;
}

/** How blocks are chosen. */
export type Mode =
  | { kind: 'every-block' }
  | { kind: 'newest-block'; onTrades: boolean }
  | { kind: 'periodic'; everyMs: number; onTrades: boolean };

export function modeOf({
  INVARIANCE_CHECK_TIME: time,
  INVARIANCE_CHECK_EVENT_TRIGGER: onTrades,
}: Pick<InvariantConfig, 'INVARIANCE_CHECK_TIME' | 'INVARIANCE_CHECK_EVENT_TRIGGER'>): Mode {
  if (time < 0) return { kind: 'every-block' };
  if (time === 0) return { kind: 'newest-block', onTrades };
  return { kind: 'periodic', everyMs: time * 1000, onTrades };
}

/** The last block that was checked before this process began. */
export type LastChecked = Pick<Block, 'number' | 'hash'> | undefined;

type Context = Pick<BotContext<InvariantConfig>, 'provider' | 'logs' | 'clock'> & { blocks: BlockSource };

/** Decides which blocks are to be checked, and keeps those that wait. */
export class Agenda {
  readonly #mode: Mode;
  readonly #mostWaiting: number;
  #waiting: Visit[] = [];
  /** Blocks that came and are not chosen from yet. */
  #unsorted: Block[] = [];
  /** Skipped and not told of yet. */
  #skipped = 0;
  #head: Block | undefined;
  /** When all pools were last checked, milliseconds since 1970. */
  #periodicAt = Number.NEGATIVE_INFINITY;

  /** @param mostWaiting blocks that may wait to be checked; beyond, the oldest are skipped */
  constructor(mode: Mode, mostWaiting: number) {
    this.#mode = mode;
    this.#mostWaiting = mostWaiting;
  }

  /** Blocks that wait to be checked. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Looks for new blocks and puts those to check on the list.
   * @param pools addresses whose trades count
   * @throws what the provider throws; looking again goes on where this stopped
   */
  async look(ctx: Context, pools: readonly string[], last: LastChecked): Promise<Outlook> {
    const mode = this.#mode;
    if (mode.kind === 'periodic' && !mode.onTrades) return this.#lookAtHead(ctx);
    const news = await ctx.blocks.look();
    const head = news?.blocks.at(-1) ?? this.#head ?? (await readHead(ctx.provider));
    const replacedFrom = news?.replaced[0]?.number;
    if (replacedFrom !== undefined) {
      this.#waiting = this.#waiting.filter(({ block }) => block.number < replacedFrom);
      this.#unsorted = this.#unsorted.filter(({ number }) => number < replacedFrom);
    }
    // On the list first: what throws below must not lose them.
    this.#unsorted.push(...(news?.blocks ?? []));
    if (mode.kind === 'every-block' || mode.onTrades) this.#skipped += news?.skipped ?? 0;
    if (this.#head === undefined) await this.#addMissed(ctx, head, last);
    this.#head = head;
    this.#enqueue(await this.#choose(ctx, mode, this.#unsorted, pools));
    this.#unsorted = [];
    const skipped = this.#skipped;
    this.#skipped = 0;
    return { head, visits: [...this.#waiting], skipped, replacedFrom };
  }

  /** This visit is over. */
  done({ block }: Visit): void {
    this.#waiting = this.#waiting.filter(visit => visit.block.hash !== block.hash);
  }

  async #lookAtHead({ provider }: Context): Promise<Outlook> {
    const head = await readHead(provider);
    const isNew = head.hash !== this.#head?.hash;
    this.#head = head;
    if (isNew) this.#waiting = [{ block: head, pools: undefined }];
    return { head, visits: [...this.#waiting], skipped: 0, replacedFrom: undefined };
  }

  /** Blocks since the last that an earlier process checked. */
  async #addMissed({ provider }: Context, head: Block, last: LastChecked): Promise<void> {
    if (this.#mode.kind !== 'every-block' || !last || last.number >= head.number) return;
    const first = Math.max(last.number + 1, head.number - this.#mostWaiting + 1);
    const missed = await readBlocks(provider, first, head.number - 1).catch(error => {
      if (error instanceof AllEndpointsFailed) throw error;
      return [];
    });
    this.#unsorted.unshift(...missed);
    this.#skipped += head.number - last.number - 1 - missed.length;
  }

  async #choose(
    ctx: Context,
    mode: Mode,
    blocks: readonly Block[],
    pools: readonly string[],
  ): Promise<Visit[]> {
    if (mode.kind === 'every-block') return blocks.map(block => ({ block, pools: undefined }));
    const now = ctx.clock.now();
    const newest = blocks.at(-1);
    const isTime = mode.kind === 'newest-block' || now - this.#periodicAt >= mode.everyMs;
    const forAll = isTime && newest ? [{ block: newest, pools: undefined }] : [];
    const traded = mode.onTrades ? await tradedIn(ctx, blocks, pools) : [];
    if (forAll.length > 0) this.#periodicAt = now;
    return [...traded.filter(({ block }) => block.hash !== forAll[0]?.block.hash), ...forAll];
  }

  #enqueue(visits: readonly Visit[]): void {
    this.#waiting.push(...visits);
    const tooMany = Math.max(this.#waiting.length - this.#mostWaiting, 0);
    this.#waiting.splice(0, tooMany);
    this.#skipped += tooMany;
  }
}

/** The blocks in which somebody traded, each with the pools concerned. */
async function tradedIn(
  { logs }: Context,
  blocks: readonly Block[],
  pools: readonly string[],
): Promise<Visit[]> {
  const [first] = blocks;
  const last = blocks.at(-1);
  if (!first || !last || pools.length === 0) return [];
  const found = await logs.read({ address: pools, topics: [[...eventTopics]] }, first.number, last.number);
  const listed = new Map(pools.map(pool => [pool.toLowerCase(), pool]));
  return blocks.flatMap(block => {
    const own = found.filter(log => Number(log.blockNumber) === block.number);
    if (own.length === 0) return [];
    return [{ block, pools: new Set(own.map(log => listed.get(log.address.toLowerCase()) ?? log.address)) }];
  });
}
