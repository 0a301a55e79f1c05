import type { Chain } from '@service-bots/core/chains';
import type { Block, FailoverProvider } from '@service-bots/core/rpc';
import type { WalletReading } from './ChainView.ts';

/** Returns balances and nonces at a block. A wallet that cannot be read is left out until the next look. */
export async function readWallets(
  provider: FailoverProvider,
  { number }: Block,
  addresses: readonly string[],
): Promise<WalletReading[]> {
  if (addresses.length === 0) return [];
  const tag = `0x${number.toString(16)}`;
  const calls = addresses.flatMap(address => [
    { method: 'eth_getBalance', params: [address, tag] },
    { method: 'eth_getTransactionCount', params: [address, tag] },
  ]);
  const answers = await provider.sendBatch(calls);
  const values = answers.map(answer => ('result' in answer ? wholeIn(answer.result) : undefined));
  return addresses.flatMap((address, i): WalletReading[] => {
    const [balanceWei, nonce] = [values[i * 2], values[i * 2 + 1]];
    return balanceWei === undefined || nonce === undefined
      ? []
      : [{ address, balanceWei, nonce: Number(nonce) }];
  });
}

function wholeIn(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : undefined;
}

/**
 * Returns the price of a unit of gas in wei: the block's base fee plus the usual tip. Without a base fee it
 * is the node's own gas price.
 */
export async function readFee(provider: FailoverProvider, block: Block, chain: Chain): Promise<bigint> {
  if (block.baseFeeWei !== undefined) return block.baseFeeWei + chain.defaultTipWei;
  return wholeIn(await provider.send('eth_gasPrice', [])) ?? chain.defaultBaseFeeWei;
}
