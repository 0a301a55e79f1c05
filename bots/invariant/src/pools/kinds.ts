import { type HyperdrivePool, poolAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, type BlockRef, contractRead, type Read } from '@service-bots/core/rpc';
import { Interface, isAddress, ZeroAddress } from 'ethers';
import { isAtLeast } from './InvariantPool.ts';

/**
 * How a pool's shares are read, for every kind of pool. `totalShares()` exists from v1.0.17 on. For Aave and
 * eETH pools it returns an amount of their rebasing token instead of shares, so the token's own count is read
 * there.
 */
export interface Kind {
  /** `kind()` of the pools, as the contracts return it. */
  names: readonly string[];
  shares: 'pool-total' | 'scaled-balance' | 'eeth-shares';
  /** Before v1.0.17. */
  sharesBefore: 'vault-balance' | 'lido-shares' | 'morpho-position' | 'scaled-balance' | 'eeth-shares';
  /** The deposited token is the one that earns the yield: the pool may hold some. */
  baseIsYield?: boolean;
}

// biome-ignore format: a table
export const kinds: readonly Kind[] = [
  { names: ['ERC4626Hyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['StETHHyperdrive'], shares: 'pool-total', sharesBefore: 'lido-shares' },
  { names: ['RETHHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['EzETHHyperdrive', 'EzETHLineaHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['RsETHLineaHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['LsETHHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['EETHHyperdrive'], shares: 'eeth-shares', sharesBefore: 'eeth-shares' },
  { names: ['MorphoBlueHyperdrive'], shares: 'pool-total', sharesBefore: 'morpho-position' },
  { names: ['AaveHyperdrive', 'AaveL2Hyperdrive'], shares: 'scaled-balance', sharesBefore: 'scaled-balance' },
  { names: ['ChainlinkHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['StkWellHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance', baseIsYield: true },
  { names: ['StakingUSDSHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['AerodromeLpHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
  { names: ['CornHyperdrive'], shares: 'pool-total', sharesBefore: 'vault-balance' },
];

export function kindOf(name: string): Kind | undefined {
  return kinds.find(({ names }) => names.includes(name));
}

/** The placeholder for ETH where a token's address is expected. */
const ethPlaceholder = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

/** Returns whether base is a token. */
export function isToken(address: string): boolean {
  return isAddress(address) && address !== ZeroAddress && address !== ethPlaceholder;
}

const tokenAbi = new Interface([
  'function balanceOf(address account) view returns (uint256)',
  'function sharesOf(address account) view returns (uint256)',
  'function shares(address account) view returns (uint256)',
  'function scaledBalanceOf(address account) view returns (uint256)',
  'function position(bytes32 id, address account) view returns ((uint256 supplyShares, uint128 borrowShares, uint128 collateral))',
]);
const morphoPoolAbi = new Interface([
  'function vault() view returns (address)',
  'function id() view returns (bytes32)',
]);

/** Returns the read of the pool's balance of a token. */
export function tokenBalance(token: string, pool: string): Read<bigint> {
  return contractRead<bigint>(tokenAbi, { target: token, method: 'balanceOf', args: [pool] });
}

/**
 * Returns the read of this pool's shares.
 * @returns undefined for a kind that is not in the table
 * @throws Error when a pool does not return its Morpho market
 */
export async function sharesRead(
  reader: BatchReader,
  block: BlockRef,
  { address, kind: name, version, config: { vaultSharesToken: vault } }: HyperdrivePool,
): Promise<Read<bigint> | undefined> {
  const kind = kindOf(name);
  if (!kind) return undefined;
  switch (isAtLeast(version, [1, 0, 17]) ? kind.shares : kind.sharesBefore) {
    case 'pool-total':
      return contractRead<bigint>(poolAbi, { target: address, method: 'totalShares' });
    case 'vault-balance':
      return tokenBalance(vault, address);
    case 'lido-shares':
      return contractRead<bigint>(tokenAbi, { target: vault, method: 'sharesOf', args: [address] });
    case 'eeth-shares':
      return contractRead<bigint>(tokenAbi, { target: vault, method: 'shares', args: [address] });
    case 'scaled-balance':
      return contractRead<bigint>(tokenAbi, { target: vault, method: 'scaledBalanceOf', args: [address] });
    case 'morpho-position':
      return morphoPosition(reader, block, address);
  }
}

async function morphoPosition(reader: BatchReader, block: BlockRef, pool: string): Promise<Read<bigint>> {
  const [vault, id] = await reader.read<string>(block, [
    contractRead<string>(morphoPoolAbi, { target: pool, method: 'vault' }),
    contractRead<string>(morphoPoolAbi, { target: pool, method: 'id' }),
  ]);
  if (!vault?.ok || !id?.ok) throw new Error(`${pool} does not return its Morpho market`);
  const read = contractRead<{ supplyShares: bigint }>(tokenAbi, {
    target: vault.value,
    method: 'position',
    args: [id.value, pool],
  });
  return { ...read, decode: returned => read.decode(returned).supplyShares };
}
