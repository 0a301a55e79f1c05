import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { divDown, mulDivDown, mulDown, one, pow } from '../fixedPoint.ts';
import { addLiquidity } from './addLiquidity.ts';
import { closePosition } from './closePosition.ts';
import { maximumLong, maximumShort } from './maximum.ts';
import { openLong } from './openLong.ts';
import { openShort } from './openShort.ts';
import {
  CheckpointNotRead,
  type CheckpointState,
  type Moment,
  type PoolState,
  spotPriceOf,
  spotRateOf,
  type TradeConfig,
} from './PoolState.ts';
import { removeLiquidity } from './removeLiquidity.ts';
import { solvencyMargin } from './solvency.ts';
import { isRefusal, TradeRefused } from './TradeRefused.ts';

const daySeconds = 86_400;
/** A checkpoint that every pool of this file has. */
const latest = 20_000 * daySeconds;

interface Pool {
  config: TradeConfig;
  state: PoolState;
  moment: Moment;
}

const fixed = (least: number, most: number) =>
  fc
    .bigInt({ min: BigInt(Math.round(least * 1e6)), max: BigInt(Math.round(most * 1e6)) })
    .map(value => value * 10n ** 12n);

/** A pool after a few trades, in the second half of a checkpoint. */
const pools: fc.Arbitrary<Pool> = fc
  .record({
    decimals: fc.constantFrom(18, 6),
    days: fc.constantFrom(7, 30, 182, 365),
    shares: fixed(1_000, 10_000_000),
    effective: fixed(0.2, 1),
    price: fixed(0.85, 0.9999),
    timeStretch: fixed(0.02, 0.08),
    initialPrice: fixed(0.9, 1.5),
    growth: fixed(1, 1.5),
    curveFee: fixed(0.001, 0.1),
    flatFee: fixed(0, 0.005),
    trades: fc.array(fc.record({ isLong: fc.boolean(), part: fixed(0.001, 0.4) }), { maxLength: 4 }),
  })
  .map(draw => {
    const scale = 10n ** BigInt(18 - draw.decimals);
    const positionDuration = draw.days * daySeconds;
    const initialVaultSharePrice = draw.initialPrice;
    const vaultSharePrice = mulDown(draw.initialPrice, draw.growth);
    const shareReserves = draw.shares / scale;
    const effective = mulDown(shareReserves, draw.effective);
    const ratio = pow(draw.price, divDown(one, draw.timeStretch));
    const config: TradeConfig = {
      initialVaultSharePrice,
      minimumShareReserves: (10n * one) / scale,
      minimumTransactionAmount: one / 1_000n / scale,
      timeStretch: draw.timeStretch,
      positionDuration,
      checkpointDuration: daySeconds,
      circuitBreakerDelta: one,
      fees: {
        curve: draw.curveFee,
        flat: draw.flatFee,
        governanceLP: one / 10n,
        governanceZombie: one / 10n,
      },
    };
    const unminted: CheckpointState = {
      vaultSharePrice: 0n,
      weightedSpotPrice: 0n,
      lastWeightedSpotPriceUpdateTime: 0,
      longs: 0n,
      shorts: 0n,
    };
    const minted = {
      ...unminted,
      vaultSharePrice,
      weightedSpotPrice: draw.price,
      lastWeightedSpotPriceUpdateTime: latest,
    };
    const state: PoolState = {
      shareReserves,
      shareAdjustment: shareReserves - effective,
      bondReserves: mulDivDown(initialVaultSharePrice, effective, ratio),
      longsOutstanding: 0n,
      longAverageMaturityTime: 0n,
      shortsOutstanding: 0n,
      shortAverageMaturityTime: 0n,
      isPaused: false,
      longExposure: 0n,
      zombieBaseProceeds: 0n,
      zombieShareReserves: 0n,
      lpSupply: shareReserves,
      withdrawalShareSupply: 0n,
      readyToWithdraw: 0n,
      withdrawalProceeds: 0n,
      governanceFees: 0n,
      checkpoints: new Map([
        [latest - daySeconds, minted],
        [latest, minted],
        [latest + positionDuration, unminted],
      ]),
    };
    const moment = { chainTime: latest + 50_000, vaultSharePrice };
    const pool = { config, state, moment };
    return { ...pool, state: draw.trades.reduce((before, trade) => traded(pool, before, trade), state) };
  });

function traded(
  { config, moment }: Pool,
  state: PoolState,
  trade: { isLong: boolean; part: bigint },
): PoolState {
  const { isLong, part } = trade;
  const tolerance = config.minimumShareReserves;
  const most = (isLong ? maximumLong : maximumShort)(config, state, { moment, tolerance });
  const amount = mulDown(most, part);
  const open = () =>
    isLong
      ? openLong(config, state, { shares: amount, moment })
      : openShort(config, state, { bonds: amount, moment });
  return attempt(open)?.state ?? state;
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A pool and a part of the largest trade that it accepts. */
const sized = fc.tuple(pools, fixed(0.001, 1));

/** Returns the vault shares in the pool, without the deposits of shorts. */
const sharesIn = (state: PoolState) =>
  state.shareReserves + state.governanceFees + state.zombieShareReserves + state.withdrawalProceeds;

/** Checks a property of trades of every size that pools of every kind accept. */
function always(property: (pool: Pool, part: bigint) => void): void {
  fc.assert(
    fc.property(sized, ([pool, part]) => property(pool, part)),
    { numRuns: 60, seed: 18 },
  );
}

const biggestLong = ({ config, state, moment }: Pool) => maximumLong(config, state, { moment });
const biggestShort = ({ config, state, moment }: Pool) => maximumShort(config, state, { moment });

describe('longs', () => {
  it('lower the rate, keep the price at or under 1, and put the whole deposit into the pool', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const shares = mulDown(biggestLong(pool), part);
      const opened = attempt(() => openLong(config, state, { shares, moment }));
      if (!opened) return;
      expect(spotPriceOf(config, opened.state)).toBeLessThanOrEqual(one);
      expect(spotRateOf(config, opened.state)).toBeLessThan(spotRateOf(config, state));
      expect(sharesIn(opened.state) - sharesIn(state)).toBe(shares);
      expect(solvencyMargin(config, opened.state, moment.vaultSharePrice)).toBeGreaterThanOrEqual(0n);
    });
  });

  it('give more bonds for more shares, but fewer a share', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const most = mulDown(biggestLong(pool), part);
      const [less, more] = [(most * 9n) / 10n, most].map(shares =>
        attempt(() => openLong(config, state, { shares, moment }).long.bonds),
      );
      if (less === undefined || more === undefined || most < 10n ** 6n) return;
      expect(more).toBeGreaterThan(less);
      expect(more * 9n).toBeLessThanOrEqual(less * 10n);
    });
  });

  it('never profit from being closed at once', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const shares = mulDown(biggestLong(pool), part);
      const opened = attempt(() => openLong(config, state, { shares, moment }));
      if (!opened) return;
      const { maturity, bonds } = opened.long;
      const closed = attempt(() =>
        closePosition(config, opened.state, { position: { side: 'long', maturity, bonds }, moment }),
      );
      if (!closed) return;
      expect(closed.closed.proceeds).toBeLessThanOrEqual(shares);
      expect(sharesIn(opened.state) - sharesIn(closed.state)).toBe(closed.closed.proceeds);
    });
  });

  it('are accepted up to the maximum and not beyond', () => {
    always(pool => {
      const { config, state, moment } = pool;
      const most = biggestLong(pool);
      if (most > 0n) expect(() => openLong(config, state, { shares: most, moment })).not.toThrow();
      expect(attempt(() => openLong(config, state, { shares: most + 1n, moment }))).toBeUndefined();
    });
  });
});

describe('shorts', () => {
  it('raise the rate and keep the pool solvent', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const bonds = mulDown(biggestShort(pool), part);
      const opened = attempt(() => openShort(config, state, { bonds, moment }));
      if (!opened) return;
      expect(spotRateOf(config, opened.state)).toBeGreaterThan(spotRateOf(config, state));
      expect(solvencyMargin(config, opened.state, moment.vaultSharePrice)).toBeGreaterThanOrEqual(0n);
      expect(sharesIn(state) - sharesIn(opened.state)).toBe(
        opened.short.shareReservesDelta - opened.short.governanceFee,
      );
    });
  });

  it('cost more for more bonds, and more a bond', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const most = mulDown(biggestShort(pool), part);
      const [less, more] = [(most * 9n) / 10n, most].map(bonds =>
        attempt(() => openShort(config, state, { bonds, moment }).short.depositShares),
      );
      if (less === undefined || more === undefined || most < 10n ** 6n) return;
      expect(more).toBeGreaterThan(less);
      // Each deposit may be rounded up by some wei, of 1e-18 of the reserves where the curve's power is inexact.
      expect((more + 10n + more / 10n ** 9n) * 9n).toBeGreaterThanOrEqual(less * 10n);
    });
  });

  it('never profit from being closed at once', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const bonds = mulDown(biggestShort(pool), part);
      const opened = attempt(() => openShort(config, state, { bonds, moment }));
      if (!opened) return;
      const { maturity, depositShares } = opened.short;
      const position = { side: 'short' as const, maturity, bonds };
      const closed = attempt(() => closePosition(config, opened.state, { position, moment }));
      if (closed) expect(closed.closed.proceeds).toBeLessThanOrEqual(depositShares);
    });
  });

  it('are accepted up to the maximum and not beyond', () => {
    always(pool => {
      const { config, state, moment } = pool;
      const most = biggestShort(pool);
      if (most > 0n) expect(() => openShort(config, state, { bonds: most, moment })).not.toThrow();
      expect(attempt(() => openShort(config, state, { bonds: most + 1n, moment }))).toBeUndefined();
    });
  });
});

describe('liquidity', () => {
  it('leaves the price where it was, and is not worth more when it is taken out at once', () => {
    always((pool, part) => {
      const { config, state, moment } = pool;
      const shares = mulDown(state.shareReserves, part);
      const added = attempt(() => addLiquidity(config, state, { amount: shares, shares, moment }));
      if (!added) return;
      const distance = spotPriceOf(config, added.state) - spotPriceOf(config, state);
      expect(distance * distance).toBeLessThan(10n ** 24n);
      const { removed, state: after } = removeLiquidity(config, added.state, {
        lpShares: added.lpShares,
        moment,
      });
      // The contract pays as soon as the LP share price is kept to one part in 1e9.
      expect(removed.proceeds).toBeLessThanOrEqual(shares + shares / 10n ** 9n);
      expect(sharesIn(state) + shares - sharesIn(after)).toBe(removed.proceeds);
    });
  });
});

describe('a pool', () => {
  const pool = fc.sample(pools, { numRuns: 20, seed: 3 }).find(each => biggestLong(each) > one) as Pool;
  const { config, state, moment } = pool;
  const enough = config.minimumTransactionAmount * 10n;

  it('that is paused refuses new positions and liquidity, and accepts closes', () => {
    const opened = openLong(config, state, { shares: enough, moment });
    const paused = { ...opened.state, isPaused: true };
    const refusal = new TradeRefused('PoolIsPaused');
    expect(() => openLong(config, paused, { shares: enough, moment })).toThrow(refusal);
    expect(() => openShort(config, paused, { bonds: enough, moment })).toThrow(refusal);
    const contribution = { amount: enough, shares: enough };
    expect(() => addLiquidity(config, paused, { ...contribution, moment })).toThrow(refusal);
    const { maturity, bonds } = opened.long;
    expect(() =>
      closePosition(config, paused, { position: { side: 'long', maturity, bonds }, moment }),
    ).not.toThrow();
  });

  it('with a checkpoint that was not read is an error of the caller, not a refusal', () => {
    const unread = { ...state, checkpoints: new Map() };
    expect(() => openLong(config, unread, { shares: enough, moment })).toThrow(CheckpointNotRead);
    expect(() => maximumLong(config, unread, { moment })).toThrow(CheckpointNotRead);
  });
});
