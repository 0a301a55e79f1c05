import { lpSharePrice, one, presentValue } from '@service-bots/core/hyperdrive';
import type { Block, ReadResult } from '@service-bots/core/rpc';
import { evaluate } from '../src/checks/evaluate.ts';
import type { Check, Result, View } from '../src/checks/index.ts';
import type { History } from '../src/pools/history.ts';
import type { InvariantPool } from '../src/pools/InvariantPool.ts';
import { noOverrides, settingsOf } from '../src/pools/overrides.ts';
import { type MarketState, type Snapshot, unreadSnapshot } from '../src/readings/index.ts';

/** An amount of 18 decimals. */
export const units = (amount: number) => (BigInt(Math.round(amount * 1e6)) * one) / 1_000_000n;
export const read = <T>(value: T): ReadResult<T> => ({ ok: true, value });
export const unread: ReadResult<never> = { ok: false, reason: 'the node has lost it' };

export const day = 86_400;
/** 21 November 2026, noon: in the middle of a checkpoint. */
export const noon = 1_795_262_400;

/** A pool of weekly positions at about 5 % a year. */
export function poolOf(changes: Partial<InvariantPool> = {}): InvariantPool {
  const decimals = changes.decimals ?? 18;
  return {
    address: '0x00000000000000000000000000000000000000a1',
    name: 'Weekly DAI',
    kind: 'ERC4626Hyperdrive',
    version: 'v1.0.20',
    decimals,
    positionDuration: 7 * day,
    checkpointDuration: day,
    config: {
      baseToken: '0x00000000000000000000000000000000000000b1',
      vaultSharesToken: '0x00000000000000000000000000000000000000c1',
      initialVaultSharePrice: one,
      minimumShareReserves: units(10),
      minimumTransactionAmount: units(0.001),
      circuitBreakerDelta: units(0.5),
      positionDuration: BigInt(7 * day),
      checkpointDuration: BigInt(day),
      timeStretch: units(0.0009),
      fees: {
        curve: units(0.01),
        flat: units(0.0005),
        governanceLP: units(0.15),
        governanceZombie: units(0.03),
      },
    },
    convertsToBase: true,
    actualShares: undefined,
    baseBalance: undefined,
    baseIsYield: false,
    earliestMaturity: noon,
    settings: settingsOf(noOverrides, '', decimals),
    ...changes,
  };
}

export const blockOf = (number: number, timestamp: number): Block => ({
  number,
  hash: `0x${number.toString(16).padStart(64, '0')}`,
  parentHash: `0x${(number - 1).toString(16).padStart(64, '0')}`,
  timestamp,
  baseFeeWei: 1n,
});

const usualMarket: MarketState = {
  shareReserves: units(1_000),
  bondReserves: units(3_000),
  longExposure: units(100),
  longsOutstanding: units(100),
  shareAdjustment: 0n,
  shortsOutstanding: units(50),
  longAverageMaturityTime: BigInt(noon + 3 * day) * one,
  shortAverageMaturityTime: BigInt(noon + 4 * day) * one,
  isInitialized: true,
  isPaused: false,
  zombieShareReserves: units(2),
};

/** Returns the snapshot of a healthy pool at a block, with the changes applied. */
export function snapshotOf(
  market: Partial<MarketState> = {},
  changes: Partial<Snapshot> = {},
  pool = poolOf(),
): Snapshot {
  const state = { ...usualMarket, ...market };
  const block = changes.block ?? blockOf(1_000, noon);
  const price = changes.vaultSharePrice ?? read(units(1.1));
  const supply = changes.lpTotalSupply ?? read(units(950));
  const c = price.ok ? price.value : one;
  const value =
    c > 0n
      ? presentValue({ ...pool.config, ...pool }, state, { vaultSharePrice: c, chainTime: block.timestamp })
      : undefined;
  const lpPrice = value !== undefined && supply.ok ? lpSharePrice(value, c, supply.value) : 0n;
  return {
    // A reading without a value here is one that could not be read.
    ...unreadSnapshot(block, 'no value in this test'),
    market: read(state),
    vaultSharePrice: price,
    lpSharePrice: read(lpPrice),
    lpTotalSupply: supply,
    withdrawalSharesProceeds: read(units(3)),
    governanceFees: read(units(1)),
    actualShares: read(units(1_060)),
    baseBalance: read(0n),
    ethBalance: read(0n),
    weightedSpotPrice: read(units(0.999)),
    pastCheckpoints: read([]),
    latestCheckpoint: read({
      time: block.timestamp - (block.timestamp % day),
      minted: true,
      matured: 0n,
      shorts: 0n,
    }),
    ...changes,
  };
}

export const noHistory: History = { moments: [] };

export function viewOf(changes: Partial<View> = {}): View {
  const now = changes.now ?? snapshotOf();
  return { pool: poolOf(), now, before: undefined, history: noHistory, ...changes };
}

/** Returns the result of a check on a view. */
export function resultOf(check: Check, view: View): Result {
  const [verdict] = evaluate([check], view);
  if (!verdict) throw new Error('no verdict');
  return verdict.result;
}
