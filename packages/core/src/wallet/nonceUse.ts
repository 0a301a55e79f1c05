import type { FailoverProvider } from '../rpc/index.ts';

/** The transaction that used a nonce, and its block. */
export interface NonceUse {
  hash: string;
  block: { number: number; hash: string };
}

/** Where the state of old blocks is not served, this many of the newest blocks are searched. */
const blocksLookedThrough = 32;
/** Nodes that keep no archive serve the state of this many blocks. */
const usualStateBlocks = 120;

/**
 * Finds the transaction that used a nonce in the blocks themselves. A binary search finds the block in which
 * the wallet's count rose above the nonce, and in it the wallet's transaction. Where counts of old blocks are
 * not served, the newest blocks are searched.
 * @param since the head when the transaction was broadcast, if it is known
 * @returns undefined when it cannot be found (yet)
 */
export async function findNonceUse(
  provider: FailoverProvider,
  from: string,
  nonce: number,
  since: number | undefined,
  head: number,
): Promise<NonceUse | undefined> {
  // The head may have been known late: one more block does no harm.
  const earliest = Math.max((since ?? head - usualStateBlocks) - 1, 0);
  const number = await blockOfUse(provider, from, nonce, earliest, head).catch(() => undefined);
  if (number !== undefined) return useIn(provider, from, nonce, number);
  for (let each = head; each > Math.max(earliest - 1, head - blocksLookedThrough, -1); each -= 1) {
    const use = await useIn(provider, from, nonce, each);
    if (use) return use;
  }
  return undefined;
}

/**
 * Returns the first block after which the count is above the nonce; undefined when it was above it before
 * `earliest`.
 */
async function blockOfUse(
  provider: FailoverProvider,
  from: string,
  nonce: number,
  earliest: number,
  head: number,
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

async function useIn(
  provider: FailoverProvider,
  from: string,
  nonce: number,
  number: number,
): Promise<NonceUse | undefined> {
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
