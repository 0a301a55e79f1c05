import type { HyperdrivePool } from '@service-bots/core/hyperdrive';
import type { Read } from '@service-bots/core/rpc';
import { ZeroAddress } from 'ethers';

/** A pool, and the reads of its numbers. */
export interface InvariantPool extends HyperdrivePool {
  /** Whether it has `convertToBase` (v1.0.15 and later), which works in every state. */
  convertsToBase: boolean;
  /** Reads the shares that the vault holds for it; undefined for an unknown kind. */
  actualShares: Read<bigint> | undefined;
  /** Reads its balance of base; undefined where base is no token. */
  baseBalance: Read<bigint> | undefined;
  /** Base is the token that earns the yield, so the pool may hold some. */
  baseIsYield: boolean;
  /** Seconds since 1970 before which none of its positions can have matured. */
  earliestMaturity: number;
  settings: PoolSettings;
}

/** How strict the checks are with one pool. */
export interface PoolSettings {
  /** Shares that may be missing, in the token's decimals. */
  totalSharesTolerance: bigint;
  /** Falls of the vault share price up to this amount count as ripples; 18 decimals. */
  sharePriceNoise: bigint;
  lookBackSeconds: number;
  mutes: readonly Mute[];
  /** By check: warn when the headroom is a smaller part than this, 18 decimals. */
  warnBelow: Readonly<Record<string, bigint>>;
}

/** A check whose alerts are silenced for a while, and the reason. */
export interface Mute {
  check: string;
  /** Milliseconds since 1970. */
  until: number;
  reason: string;
}

/** Returns the mute of a check that is in force now, if there is one. */
export function muteOf({ mutes }: PoolSettings, check: string, nowMs: number): Mute | undefined {
  return mutes.find(mute => mute.check === check && nowMs <= mute.until);
}

/**
 * Returns the token that earns the yield: pools that share it lose together. Undefined for kinds that have no
 * token for it.
 */
export function vaultOf({ config: { vaultSharesToken } }: HyperdrivePool): string | undefined {
  return vaultSharesToken === ZeroAddress ? undefined : vaultSharesToken;
}

/**
 * The vault's functions that give a share's price, by the pool's kind, where the pool reads the vault itself.
 */
const vaultFunctions: Readonly<Record<string, string>> = {
  ERC4626Hyperdrive: 'convertToAssets(uint256)',
  StETHHyperdrive: 'getPooledEthByShares(uint256)',
  RETHHyperdrive: 'getEthValue(uint256)',
  LsETHHyperdrive: 'underlyingBalanceFromShares(uint256)',
};

/** Returns the function that reads the price of a vault share, as text for an alert. */
export function priceFunctionOf({ kind, address, convertsToBase }: InvariantPool): string {
  const read = `${convertsToBase ? 'convertToBase(uint256)' : 'getPoolInfo()'} of the pool ${address}`;
  const asked = vaultFunctions[kind];
  return asked === undefined ? `read by ${read}` : `${asked}, asked by ${read}`;
}

/**
 * Returns whether a version is at least the wanted one: `v1.0.20` is at least [1, 0, 17]. A version that
 * cannot be parsed counts as the newest.
 */
export function isAtLeast(version: string, wanted: readonly [number, number, number]): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return true;
  const differs = wanted.findIndex((part, i) => parts[i] !== part);
  return differs === -1 || (parts[differs] as number) > (wanted[differs] as number);
}
