import { reasonOf, SetupError } from '../errors/index.ts';
import { AllEndpointsFailed, type Block, type FailoverProvider, readBlock, readHead } from '../rpc/index.ts';

/** A range of blocks that can be read, its end included. */
export interface BlockRange {
  from: number;
  to: number;
}

/**
 * Checks that a range can be read.
 * @param pool an address whose state is read
 * @throws SetupError when there is no such range, or no node has the state of its first block
 */
export async function readableRange(
  provider: FailoverProvider,
  { from, to }: { from: number; to: number | 'latest' },
  pool: string,
): Promise<BlockRange & { head: Block }> {
  const head = await readHead(provider);
  const end = to === 'latest' ? head.number : to;
  if (end > head.number) throw new SetupError(`--to ${end}: the newest block is ${head.number}`);
  if (from > end) throw new SetupError(`--from ${from}: is after the end of the range, block ${end}`);
  const refusal = await refusalAt(provider, pool, from);
  if (refusal !== undefined) {
    const oldest = await firstWhere(from, end, async block => !(await refusalAt(provider, pool, block)));
    const rest =
      oldest === undefined
        ? `nor of any other block up to ${end}`
        : `the oldest block that they can read is ${oldest}`;
    throw new SetupError(
      `--from ${from}: no node of RPC_URI has the state of that block (${refusal}); ${rest}. Give RPC_URI an archive node${oldest === undefined ? '' : `, or --from ${oldest}`}`,
    );
  }
  return { from, to: end, head };
}

/** Returns the first block of a range at which a contract has code; undefined when there is none. */
export async function firstBlockOf(
  provider: FailoverProvider,
  address: string,
  { from, to }: BlockRange,
): Promise<number | undefined> {
  return firstWhere(from, to, async block => {
    const code: string = await provider.send('eth_getCode', [address, hex(block)]);
    return code !== '0x';
  });
}

/**
 * Returns the first block of a range that is not before a time, seconds since 1970; undefined when all are
 * before it.
 */
export async function firstBlockSince(
  provider: FailoverProvider,
  seconds: number,
  { from, to }: BlockRange,
): Promise<number | undefined> {
  return firstWhere(from, to, async number => {
    const block = await readBlock(provider, number);
    return (block?.timestamp ?? 0) >= seconds;
  });
}

/** Returns why no node has the state at a block. @throws when no node answers at all */
async function refusalAt(
  provider: FailoverProvider,
  pool: string,
  block: number,
): Promise<string | undefined> {
  try {
    await provider.send('eth_getBalance', [pool, hex(block)]);
    return undefined;
  } catch (error) {
    if (error instanceof AllEndpointsFailed && error.error === undefined) throw error;
    return reasonOf(error);
  }
}

/** Returns the first number of a range from which on something holds, by binary search. */
async function firstWhere(
  from: number,
  to: number,
  holds: (number: number) => Promise<boolean>,
): Promise<number | undefined> {
  if (!(await holds(to))) return undefined;
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

const hex = (block: number) => `0x${block.toString(16)}`;
