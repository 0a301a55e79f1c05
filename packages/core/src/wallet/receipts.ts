import { Network, type TransactionReceipt, type TransactionReceiptParams } from 'ethers';
import { clientsInUse, type FailoverProvider, type RpcClient, readBlock } from '../rpc/index.ts';
import { l1FeeOf } from './L1Fee.ts';

/** A receipt of the canonical chain, and the fee that was paid beside the gas. */
export interface FoundReceipt {
  receipt: TransactionReceipt;
  /** The fee that a rollup charged for the first layer, in wei. */
  l1FeeWei: bigint;
}

type RawReceipt = TransactionReceiptParams & { blockHash: string; transactionHash: string; l1Fee?: unknown };

/**
 * Returns the receipt of a transaction.
 *
 * The receipt counts only when its block is the canonical one at its height: right after a block and around a
 * reorganisation, nodes return receipts of blocks that are not canonical. Where the receipt does not count, or
 * shows a failure, the other endpoints are asked too: one of them may be on another branch for long.
 * @returns undefined when no endpoint has it, or when its block is not the canonical one
 */
export async function readReceipt(
  provider: FailoverProvider,
  hash: string,
): Promise<FoundReceipt | undefined> {
  const first = await receiptFrom(provider, provider, hash);
  if (first === undefined || (first.isCanonical && first.found.receipt.status === 1)) return first?.found;
  const others = clientsInUse(provider);
  const asked = others.length < 2 ? [] : others;
  const told = await Promise.all(
    asked.map(({ client }) => receiptFrom(provider, client, hash).catch(() => undefined)),
  );
  const canonical = [first, ...told].flatMap(each => (each?.isCanonical ? [each.found] : []));
  return canonical.find(({ receipt }) => receipt.status === 1) ?? canonical[0];
}

async function receiptFrom(
  provider: FailoverProvider,
  client: RpcClient,
  hash: string,
): Promise<{ found: FoundReceipt; isCanonical: boolean } | undefined> {
  const raw: unknown = await client.send('eth_getTransactionReceipt', [hash]);
  const found = parseReceipt(provider, raw, hash);
  if (!found) return undefined;
  const block = await readBlock(provider, found.receipt.blockNumber);
  return { found, isCanonical: same(block?.hash, found.receipt.blockHash) };
}

/** Returns the receipt from all receipts of a canonical block, for nodes that cannot find it by its hash. */
export async function readReceiptIn(
  provider: FailoverProvider,
  block: { number: number; hash: string },
  hash: string,
): Promise<FoundReceipt | undefined> {
  const all: unknown = await provider.send('eth_getBlockReceipts', [`0x${block.number.toString(16)}`]);
  if (!Array.isArray(all)) return undefined;
  const raw = (all as RawReceipt[]).find(each => same(each?.transactionHash, hash));
  const found = parseReceipt(provider, raw, hash);
  return found && same(found.receipt.blockHash, block.hash) ? found : undefined;
}

/** Parses a receipt; undefined for anything that is not this transaction's receipt in a block. */
function parseReceipt(provider: FailoverProvider, raw: unknown, hash: string): FoundReceipt | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { blockNumber, blockHash, transactionHash } = raw as Partial<RawReceipt>;
  if (blockNumber === undefined || blockNumber === null || !blockHash || !same(transactionHash, hash))
    return undefined;
  const receipt = provider._wrapTransactionReceipt(raw as TransactionReceiptParams, networkOf(provider));
  return { receipt, l1FeeWei: l1FeeOf(raw as RawReceipt) };
}

function networkOf({ chainId }: FailoverProvider): Network {
  return Network.from(chainId);
}

function same(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase();
}
