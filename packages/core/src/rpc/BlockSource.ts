import type { Clock } from '../clock/index.ts';
import { type Block, readBlock, readBlocks, readHead } from './block.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** Options of a `BlockSource`. */
export interface BlockSourceOptions {
  /** Time between two polls for a new head, in ms. */
  pollMs: number;
  /** The most blocks in one report; older blocks are skipped and counted. */
  mostBlocks: number;
  clock: Clock;
}

/** The blocks that are new since the last report. */
export interface NewBlocks {
  /** Without gaps, the oldest first; the last is the head. */
  blocks: Block[];
  /** The number of new blocks that are not in `blocks`, because there were too many. */
  skipped: number;
  /** Blocks that were reported before and are no longer part of the chain, the oldest first. */
  replaced: Block[];
}

/** How many blocks back a reorg is followed. */
const remembered = 128;
/**
 * The number of polls in a row that find a far lower head, and the old head gone, before the chain counts as
 * reset.
 */
const looksUntilSetBack = 3;

/**
 * Finds new blocks by polling. A hint (a websocket reported a head) only causes an earlier poll. Heads never
 * go back: a node that lags is not a reorg. Blocks that were replaced are reported as such.
 */
export class BlockSource {
  readonly #provider: FailoverProvider;
  readonly #options: BlockSourceOptions;
  #known: Block[] = [];
  #wake: AbortController = new AbortController();
  #farBelow = 0;

  constructor(provider: FailoverProvider, options: BlockSourceOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  /** The newest block that was reported. */
  get head(): Block | undefined {
    return this.#known.at(-1);
  }

  /** Polls at once, since there may be a new head. */
  hint(): void {
    this.#wake.abort();
  }

  /**
   * Waits for a new head. The first report holds the present head alone.
   * @returns undefined once `signal` aborts
   * @throws what the provider throws; the next call continues where this one stopped, and no block is lost
   */
  async next(signal: AbortSignal): Promise<NewBlocks | undefined> {
    while (!signal.aborted) {
      const wake = new AbortController();
      this.#wake = wake;
      const news = await this.look();
      if (news) return news;
      const stop = () => wake.abort();
      signal.addEventListener('abort', stop, { once: true });
      await this.#options.clock.sleep(this.#options.pollMs, wake.signal);
      signal.removeEventListener('abort', stop);
    }
    return undefined;
  }

  /** Polls once. @returns undefined when there is no new block */
  async look(): Promise<NewBlocks | undefined> {
    const head = await readHead(this.#provider);
    const last = this.head;
    if (!last) {
      this.#known = [head];
      return { blocks: [head], skipped: 0, replaced: [] };
    }
    if (head.hash === last.hash) return undefined;
    if (await this.#isSetBack(last, head)) {
      this.#known = [head];
      return { blocks: [head], skipped: 0, replaced: [] };
    }
    if (head.number < last.number && (await this.#isCanonical(last, head))) return undefined;
    if (head.parentHash === last.hash) return this.#extend([head], 0);

    const ancestor = await this.#commonAncestor(head);
    const first = Math.max(ancestor.number + 1, head.number - this.#options.mostBlocks + 1);
    const between = await readBlocks(this.#provider, first, head.number - 1);
    return this.#extend([...between, head], first - ancestor.number - 1, ancestor);
  }

  #extend(blocks: Block[], skipped: number, ancestor = this.head): NewBlocks {
    const kept = this.#known.filter(({ number }) => ancestor !== undefined && number <= ancestor.number);
    const replaced = this.#known.slice(kept.length);
    this.#known = [...kept, ...blocks].slice(-remembered);
    return { blocks, skipped, replaced };
  }

  /**
   * Returns whether the chain begins anew far below: a development chain that was reset, or a head that was
   * never true.
   */
  async #isSetBack(last: Block, head: Block): Promise<boolean> {
    const isGone = last.number - head.number > remembered && !(await readBlock(this.#provider, last.number));
    this.#farBelow = isGone ? this.#farBelow + 1 : 0;
    return this.#farBelow >= looksUntilSetBack;
  }

  /**
   * Returns whether the last head is still part of the chain. A lower head is a node that lags, unless the
   * chain really has lost that block.
   */
  async #isCanonical(last: Block, head: Block): Promise<boolean> {
    const now = await readBlock(this.#provider, last.number);
    if (now) return now.hash === last.hash;
    const atHead = this.#known.find(({ number }) => number === head.number);
    return atHead === undefined || atHead.hash === head.hash;
  }

  /**
   * Returns the newest known block that is still part of the chain; the oldest known one when the reorg is
   * deeper than that.
   */
  async #commonAncestor(head: Block): Promise<Block> {
    const candidates = this.#known.filter(({ number }) => number <= head.number).reverse();
    for (const known of candidates) {
      const now = known.number === head.number ? head : await readBlock(this.#provider, known.number);
      if (now?.hash === known.hash) return known;
    }
    return { ...(this.#known[0] as Block), number: (this.#known[0] as Block).number - 1 };
  }
}
