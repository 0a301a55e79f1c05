import type { Clock } from '../clock/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { type FoundReceipt, readReceiptIn } from './receipts.ts';

/** The result of the search: our receipt, or that another transaction used the nonce. */
export type SearchResult =
  | { kind: 'found'; found: FoundReceipt }
  | { kind: 'nonce-taken'; usedBy: string | undefined };

interface SearchOptions {
  provider: FailoverProvider;
  clock: Clock;
  from: string;
  nonce: number;
  /** The head when the transaction was broadcast, if it is known. */
  since: number | undefined;
  confirmations: number;
}

/**
 * Without a proof, the nonce counts as another transaction's only after both limits: endpoints return
 * receipts up to 20 blocks late, which is 40 s on Base and 8 s on Monad.
 */
export const patienceBlocks = 30;
export const patienceMs = 60_000;
/** A block that shows another transaction is believed after this many equal results in a row. */
const looksBeforeTaken = 3;

/** Looks for a transaction whose nonce is used while no endpoint has its receipt by its hash. */
export class ReceiptSearch {
  readonly #options: SearchOptions;
  readonly #startedAtMs: number;
  readonly #startedAtBlock: number;
  #use: NonceUse | undefined;
  #looks = 0;
  /** The number of searches in a row that found this use. */
  #agreeing = 0;

  constructor(head: number, options: SearchOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.monotonicMs();
    this.#startedAtBlock = head;
  }

  /** Returns the block that holds the transaction, once it has been found there. */
  minedIn(hashes: readonly string[]): number | undefined {
    return this.#use && hashes.includes(this.#use.hash) ? this.#use.block.number : undefined;
  }

  /**
   * Searches once.
   * @param hashes every version of the transaction
   * @returns undefined while the result is open
   */
  async look(head: number, hashes: readonly string[]): Promise<SearchResult | undefined> {
    const { provider, from, nonce, since, confirmations } = this.#options;
    this.#looks += 1;
    // Most receipts are late by less than a block.
    if (this.#looks === 1) return undefined;
    const before = this.#use;
    // The search is repeated each time, since the block that was found may have been replaced by another.
    this.#use = await findNonceUse({ provider, from, nonce, since, head }).catch(() => undefined);
    const use = this.#use;
    if (!use) return this.#isOverdue(head) ? { kind: 'nonce-taken', usedBy: undefined } : undefined;
    if (hashes.includes(use.hash)) {
      const found = await readReceiptIn(provider, use.block, use.hash).catch(() => undefined);
      return found && { kind: 'found', found };
    }
    this.#agreeing = before?.block.hash === use.block.hash ? this.#agreeing + 1 : 1;
    const isDeep = head - use.block.number + 1 >= confirmations;
    return this.#agreeing >= looksBeforeTaken && isDeep
      ? { kind: 'nonce-taken', usedBy: use.hash }
      : undefined;
  }

  #isOverdue(head: number): boolean {
    const ms = this.#options.clock.monotonicMs() - this.#startedAtMs;
    return head - this.#startedAtBlock >= patienceBlocks && ms >= patienceMs;
  }
}

/** The transaction that used a nonce, and its block. */
interface NonceUse {
  hash: string;
  block: { number: number; hash: string };
}

/** Where the state of old blocks is not served, this many of the newest blocks are searched. */
const blocksLookedThrough = 32;
/** Nodes that keep no archive serve the state of this many blocks. */
const usualStateBlocks = 120;

interface WantedNonce {
  provider: FailoverProvider;
  /** The address of the wallet. */
  from: string;
  nonce: number;
  /** The head when the transaction was broadcast, if it is known. */
  since: number | undefined;
  head: number;
}

/**
 * Finds the transaction that used a nonce in the blocks themselves. A binary search finds the block in which
 * the wallet's count rose above the nonce, and in it the wallet's transaction. Where counts of old blocks are
 * not served, the newest blocks are searched.
 * @returns undefined when it cannot be found (yet)
 */
async function findNonceUse(wanted: WantedNonce): Promise<NonceUse | undefined> {
  const { since, head } = wanted;
  // The head may have been known late: one more block does no harm.
  const earliest = Math.max((since ?? head - usualStateBlocks) - 1, 0);
  const number = await blockOfUse(wanted, earliest).catch(() => undefined);
  if (number !== undefined) return useIn(wanted, number);
  for (let each = head; each > Math.max(earliest - 1, head - blocksLookedThrough, -1); each -= 1) {
    const use = await useIn(wanted, each);
    if (use) return use;
  }
  return undefined;
}

/**
 * Returns the first block after which the count is above the nonce; undefined when it was above it before
 * `earliest`.
 */
async function blockOfUse(
  { provider, from, nonce, head }: WantedNonce,
  earliest: number,
): Promise<number | undefined> {
  const isUsedAt = async (number: number) =>
    Number(await provider.send('eth_getTransactionCount', [from, hex(number)])) > nonce;
  let unused = earliest;
  let used = head;
  if (await isUsedAt(unused)) return undefined;
  while (used - unused > 1) {
    const middle = Math.floor((unused + used) / 2);
    if (await isUsedAt(middle)) used = middle;
    else unused = middle;
  }
  return used;
}

async function useIn({ provider, from, nonce }: WantedNonce, number: number): Promise<NonceUse | undefined> {
  const block = (await provider.send('eth_getBlockByNumber', [hex(number), true])) as RawBlock | null;
  const transaction = block?.transactions?.find(
    each => each.from?.toLowerCase() === from.toLowerCase() && Number(each.nonce) === nonce,
  );
  return block && transaction?.hash
    ? { hash: transaction.hash.toLowerCase(), block: { number, hash: block.hash } }
    : undefined;
}

interface RawBlock {
  hash: string;
  transactions?: { hash?: string; from?: string; nonce?: string }[];
}

const hex = (number: number) => `0x${number.toString(16)}`;
