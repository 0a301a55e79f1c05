import { reasonOf } from '@service-bots/core/errors';
import {
  AllEndpointsFailed,
  type Block,
  type BlockRef,
  type BlockSource,
  readBlocks,
  readHead,
} from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { followsBlocks, type Mode, wantsAll } from './mode.ts';
import type { SkippedRange } from './SkippedBlocks.ts';
import { tradedBlocks } from './tradedBlocks.ts';
import { firstReplaced, trailLength } from './trail.ts';

/** A block to check. */
export interface BlockTask {
  block: Block;
  /** Addresses of the pools to check there; undefined for all. */
  pools: ReadonlySet<string> | undefined;
}

/** The work of one round. */
export interface PendingBlocks {
  head: Block;
  /** The oldest first. */
  tasks: BlockTask[];
  /** Blocks that should have been checked, will not be, and were not reported before. */
  skipped: SkippedRange[];
  /** The first block that a reorg has replaced, if one did. */
  replacedFrom: number | undefined;
  /** Why trades could not be looked up; the look-up is repeated. Undefined when it succeeded. */
  tradesUnread: string | undefined;
}

type Context = Pick<BotContext<unknown>, 'provider' | 'logs' | 'clock'> & { blocks: BlockSource };

/** New blocks since the last look. */
interface News {
  blocks: readonly Block[];
  /** The number of earlier blocks that will never be checked. */
  skipped: number;
  replacedFrom: number | undefined;
}

/** Decides which blocks are to be checked, and keeps the blocks that wait. */
export class BlockQueue {
  readonly #mode: Mode;
  readonly #mostWaiting: number;
  #waiting: BlockTask[] = [];
  /** New blocks that are not yet sorted into those to check and those to pass over. */
  #unsorted: Block[] = [];
  /** The first block whose trades are not looked up yet, where it is before the unsorted blocks. */
  #tradesFrom: number | undefined;
  /** Sorted blocks, as far as they are kept. */
  #trail: BlockRef[];
  #skipped: SkippedRange[] = [];
  #replacedFrom: number | undefined;
  #head: Block | undefined;
  #hasTakenUp = false;
  /** The time in milliseconds since 1970, and the block, at which all pools were last checked. */
  #periodicAt = Number.NEGATIVE_INFINITY;
  #periodicHash: string | undefined;
  /** The pools to check again, each with a block number: the check needs a newer block than that. */
  readonly #recheck = new Map<string, number>();

  /**
   * @param mostWaiting the most blocks that may wait to be checked; beyond that, the oldest are skipped
   * @param trail the newest blocks that an earlier process finished, the oldest first
   */
  constructor(mode: Mode, mostWaiting: number, trail: readonly BlockRef[]) {
    this.#mode = mode;
    this.#mostWaiting = mostWaiting;
    this.#trail = [...trail];
  }

  /** Blocks that wait to be checked. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get oldestWaiting(): Block | undefined {
    return this.#waiting[0]?.block;
  }

  /** The newest finished blocks: they, and all before them, need no second look. The oldest first. */
  get trail(): readonly BlockRef[] {
    const first = this.#waiting[0]?.block.number ?? Number.POSITIVE_INFINITY;
    return this.#trail.filter(({ number }) => number < first).slice(-trailLength);
  }

  /**
   * Looks for new blocks and adds those to check to the list.
   * @param pools addresses whose trades count
   * @throws what the provider throws; the next look continues where this one stopped
   */
  async look(ctx: Context, pools: readonly string[]): Promise<PendingBlocks> {
    const { blocks, skipped, replacedFrom } = await this.#news(ctx);
    const head = blocks.at(-1) ?? this.#head ?? (await readHead(ctx.provider));
    if (replacedFrom !== undefined) this.#forgetFrom(replacedFrom);
    this.#makeRoom(blocks.length);
    // The blocks enter the list first, so that an error below does not lose them.
    this.#unsorted.push(...blocks);
    const [first] = blocks;
    if (first && skipped > 0 && wantsAll(this.#mode))
      this.#skip(
        first.number - skipped,
        first.number - 1,
        'more blocks arrived since the last look than can be caught up on',
      );
    if (!this.#hasTakenUp) await this.#takeUp(ctx, head);
    this.#head = head;
    const tradesUnread = await this.#choose(ctx, head, pools);
    const changes = { skipped: this.#skipped, replacedFrom: this.#replacedFrom };
    this.#skipped = [];
    this.#replacedFrom = undefined;
    return { ...changes, head, tasks: [...this.#waiting], tradesUnread };
  }

  /** Records that this task has ended. */
  done(over: BlockTask): void {
    this.#waiting = this.#waiting.filter(task => task !== over);
  }

  /** Adds pools to check again in a newer block than the one beside each, as soon as there is one. */
  recheck(pools: ReadonlyMap<string, number>): void {
    // Where every block is checked, this block is checked anyway.
    if (this.#mode.kind === 'every-block') return;
    for (const [pool, block] of pools) this.#recheck.set(pool, block);
  }

  /** Returns whether a pool waits for a newer block. */
  get awaitsBlock(): boolean {
    return this.#recheck.size > 0;
  }

  async #news(ctx: Context): Promise<News> {
    if (followsBlocks(this.#mode)) {
      const news = await ctx.blocks.look();
      const { blocks = [], skipped = 0, replaced = [] } = news ?? {};
      return { blocks, skipped, replacedFrom: replaced[0]?.number };
    }
    const head = await readHead(ctx.provider);
    if (head.hash === this.#head?.hash) return { blocks: [], skipped: 0, replacedFrom: undefined };
    // The bot does not follow every block here, so the block to compare with may have been replaced.
    const replacedFrom = this.#hasTakenUp ? await firstReplaced(ctx.provider, this.trail) : undefined;
    return { blocks: [head], skipped: 0, replacedFrom };
  }

  #forgetFrom(replaced: number): void {
    this.#replacedFrom = Math.min(replaced, this.#replacedFrom ?? replaced);
    this.#waiting = this.#waiting.filter(({ block }) => block.number < replaced);
    this.#unsorted = this.#unsorted.filter(({ number }) => number < replaced);
    this.#trail = this.#trail.filter(({ number }) => number < replaced);
    for (const [pool, block] of this.#recheck) if (block >= replaced) this.#recheck.set(pool, replaced - 1);
  }

  /**
   * Continues where an earlier process stopped: with the blocks since then, and with those that a reorg has
   * replaced meanwhile.
   */
  async #takeUp({ provider }: Context, head: Block): Promise<void> {
    const until = (this.#unsorted[0]?.number ?? head.number + 1) - 1;
    const known = this.#trail.filter(({ number }) => number <= head.number);
    const replaced = await firstReplaced(provider, known);
    this.#trail = known;
    const last = known.at(-1)?.number;
    const from = replaced ?? (last === undefined ? undefined : last + 1);
    if (from !== undefined && from <= until && wantsAll(this.#mode))
      await this.#addMissed(provider, from, until);
    if (replaced !== undefined && replaced === known[0]?.number && known.length >= trailLength)
      this.#skip(
        Math.max(replaced - trailLength, 0),
        replaced - 1,
        'a reorg longer than the stored blocks may have replaced them',
      );
    if (replaced !== undefined) {
      const unsorted = this.#unsorted;
      this.#forgetFrom(replaced);
      this.#unsorted = unsorted;
    }
    this.#hasTakenUp = true;
  }

  async #addMissed(provider: Context['provider'], from: number, until: number): Promise<void> {
    const first = Math.max(from, until - this.#mostWaiting + 2);
    const skips: SkippedRange[] = [];
    const most = `they came while no bot ran, and no more than INVARIANT_CATCH_UP_BLOCKS (${this.#mostWaiting}) are caught up on`;
    if (first > from) skips.push({ from, to: first - 1, why: most });
    if (this.#mode.kind !== 'every-block') this.#tradesFrom = first;
    else {
      try {
        this.#unsorted.unshift(...(await readBlocks(provider, first, until)));
      } catch (error) {
        if (isCutOff(error)) throw error;
        skips.push({ from: first, to: until, why: reasonOf(error) });
      }
    }
    this.#skipped.push(...skips);
  }

  /** @returns why trades could not be looked up, if they could not */
  async #choose(ctx: Context, head: Block, pools: readonly string[]): Promise<string | undefined> {
    const mode = this.#mode;
    if (mode.kind === 'every-block') {
      this.#enqueue(this.#unsorted.map(block => ({ block, pools: undefined })));
      this.#sorted();
      return undefined;
    }
    const now = ctx.clock.now();
    const isTime = mode.kind === 'newest-block' || now - this.#periodicAt >= mode.everyMs;
    const isForAll = isTime && head.hash !== this.#periodicHash;
    let failure: string | undefined;
    try {
      if (mode.onTrades)
        this.#enqueue((await this.#trades(ctx, pools)).filter(differsFrom(isForAll ? head : undefined)));
      this.#sorted();
    } catch (error) {
      if (isCutOff(error)) throw error;
      // The look-up is repeated; the due checks do not wait for it.
      failure = reasonOf(error);
    }
    if (isForAll) {
      this.#periodicAt = now;
      this.#periodicHash = head.hash;
      this.#enqueue([{ block: head, pools: undefined }]);
      this.#recheckAt(head);
    } else {
      const due = this.#recheckAt(head);
      if (due.size > 0) this.#enqueue([{ block: head, pools: due }]);
    }
    return failure;
  }

  /** Returns the pools that waited for this newer block, and removes them from the list. */
  #recheckAt(head: Block): Set<string> {
    const due = new Set([...this.#recheck].flatMap(([pool, block]) => (block < head.number ? [pool] : [])));
    for (const pool of due) this.#recheck.delete(pool);
    return due;
  }

  #trades(ctx: Context, pools: readonly string[]): Promise<BlockTask[]> {
    const [first] = this.#unsorted;
    const last = this.#unsorted.at(-1);
    if (!first || !last) return Promise.resolve([]);
    const range = { from: this.#tradesFrom ?? first.number, to: last.number };
    return tradedBlocks(ctx, range, { known: this.#unsorted, pools });
  }

  /** Records that all new blocks are sorted. */
  #sorted(): void {
    const most = this.#mostWaiting + trailLength;
    this.#trail = [...this.#trail, ...this.#unsorted.map(({ number, hash }) => ({ number, hash }))].slice(
      -most,
    );
    this.#unsorted = [];
    this.#tradesFrom = undefined;
  }

  /** Bounds the blocks that wait to be sorted, too. */
  #makeRoom(coming: number): void {
    const tooMany = this.#unsorted.length + coming - this.#mostWaiting;
    const dropped = this.#unsorted.splice(0, Math.max(tooMany, 0));
    const last = dropped.at(-1);
    // Before the earlier process's blocks are taken up, the missing blocks at the front are found again.
    if (!last || !this.#hasTakenUp) return;
    const from = this.#tradesFrom ?? (dropped[0] as Block).number;
    this.#tradesFrom = undefined;
    if (wantsAll(this.#mode))
      this.#skip(from, last.number, 'their trades could not be looked up for too long');
  }

  #enqueue(tasks: readonly BlockTask[]): void {
    this.#waiting.push(...tasks);
    const dropped = this.#waiting.splice(0, Math.max(this.#waiting.length - this.#mostWaiting, 0));
    const [first] = dropped;
    if (!first) return;
    const [from, to] = [first.block.number, (dropped.at(-1) as BlockTask).block.number];
    const why = `more than INVARIANT_CATCH_UP_BLOCKS (${this.#mostWaiting}) waited`;
    const isWhole = to - from + 1 === dropped.length;
    this.#skipped.push({ from, to, why, ...(isWhole ? {} : { count: dropped.length }) });
  }

  #skip(from: number, to: number, why: string): void {
    this.#skipped.push({ from, to, why });
  }
}

function differsFrom(head: Block | undefined): (task: BlockTask) => boolean {
  return ({ block }) => block.hash !== head?.hash;
}

/** Returns whether no endpoint answered at all; an endpoint that answers with an error will do so again. */
function isCutOff(error: unknown): boolean {
  return error instanceof AllEndpointsFailed && error.error === undefined;
}
