import type { Clock } from '../clock/index.ts';
import { type Block, readBlock, readBlocks, readHead } from './block.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

export interface BlockSourceOptions {
  /** Time between two looks for a new head. */
  pollMs: number;
  /** Blocks in one report; what is older is skipped, and counted. */
  mostBlocks: number;
  clock: Clock;
}

/** What is new since the last report. */
export interface NewBlocks {
  /** Without gaps, the oldest first; the last is the head. */
  blocks: Block[];
  /** Blocks that came and are not in `blocks`, because there were too many. */
  skipped: number;
  /** Blocks that were reported before and are no longer part of the chain, the oldest first. */
  replaced: Block[];
}

/** How far back a reorg is followed. */
const remembered = 128;
/** Looks in a row that find a far lower head, and the old one gone, before the chain counts as set back. */
const looksUntilSetBack = 3;

/**
 * New blocks by polling, which is the truth; a hint (a websocket that saw a head) only makes it look at once. Heads
 * never go back: a node that lags is not a reorg. Blocks that were replaced are reported as such.
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

  /** There may be a new head: look now. */
  hint(): void {
    this.#wake.abort();
  }

  /**
   * Waits for a new head. The first report holds the present head alone.
   * @returns undefined once `signal` aborts
   * @throws what the provider throws; calling again goes on where this stopped, and nothing is lost
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

  /** One look. @returns undefined when there is nothing new */
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

  /** Whether the chain begins anew far below: a development chain that was set back, or a head that was never true. */
  async #isSetBack(last: Block, head: Block): Promise<boolean> {
    const isGone = last.number - head.number > remembered && !(await readBlock(this.#provider, last.number));
    this.#farBelow = isGone ? this.#farBelow + 1 : 0;
    return this.#farBelow >= looksUntilSetBack;
  }

  /** A head below the last one is a node that lags, unless the chain really has lost that block. */
  async #isCanonical(last: Block, head: Block): Promise<boolean> {
    const now = await readBlock(this.#provider, last.number);
    if (now) return now.hash === last.hash;
    const atHead = this.#known.find(({ number }) => number === head.number);
    return atHead === undefined || atHead.hash === head.hash;
  }

  /** The newest known block that is still part of the chain; the oldest known one when the reorg is deeper than that. */
  async #commonAncestor(head: Block): Promise<Block> {
    const candidates = this.#known.filter(({ number }) => number <= head.number).reverse();
    for (const known of candidates) {
      const now = known.number === head.number ? head : await readBlock(this.#provider, known.number);
      if (now?.hash === known.hash) return known;
    }
    return { ...(this.#known[0] as Block), number: (this.#known[0] as Block).number - 1 };
  }
}
