import { describe, expect, it } from '@jest/globals';
import {
  closePosition,
  divDown,
  isRefusal,
  latestCheckpoint,
  mintCheckpoint,
  mulDown,
  one,
  openLong,
  openShort,
  presentValue,
  removeLiquidity,
  spotRateOf,
} from '@service-bots/core/hyperdrive';
import fc from 'fast-check';
import { withPaper } from '../src/paper/withPaper.ts';
import { act, day, freshPool, percentRate, type World } from './support/poolWorld.ts';

const worlds = fc
  .record({
    days: fc.constantFrom(7, 30, 182, 364),
    fixed: fc.double({ min: 1, max: 12, noNaN: true }),
    variable: fc.double({ min: 0, max: 12, noNaN: true }),
    others: fc.array(
      fc.record({
        kind: fc.constantFrom('long' as const, 'short' as const),
        part: fc.double({ min: 0.0001, max: 0.1, noNaN: true }),
      }),
      { maxLength: 3 },
    ),
    side: fc.constantFrom('long' as const, 'short' as const),
    part: fc.double({ min: 0.0005, max: 0.05, noNaN: true }),
    waited: fc.double({ min: 0, max: 0.9, noNaN: true }),
  })
  .map(({ days, fixed, variable, others, ...rest }) => {
    const world = freshPool(
      { positionDuration: days * day, checkpointDuration: day, fixedRate: percentRate(fixed) },
      variable,
    );
    for (const each of others) act(world, each);
    return { world, ...rest };
  });

const momentOf = ({ view: { chainTime, vaultSharePrice } }: World) => ({ chainTime, vaultSharePrice });
const distance = (a: bigint, b: bigint) => (a > b ? a - b : b - a);

/** Returns the result of a trade in the pool itself; undefined: the pool refuses it. */
function traded({ view, spec }: World, side: 'long' | 'short', part: number) {
  const amount = (spec.liquidity * BigInt(Math.round(part * 1e6))) / 1_000_000n;
  const moment = { chainTime: view.chainTime, vaultSharePrice: view.vaultSharePrice };
  try {
    if (side === 'long') {
      const { long, state } = openLong(view.config, view.state, {
        shares: divDown(amount, view.vaultSharePrice),
        moment,
      });
      return { state, position: { side, maturity: long.maturity, bonds: long.bonds } };
    }
    const { short, state } = openShort(view.config, view.state, { bonds: amount, moment });
    return { state, position: { side, maturity: short.maturity, bonds: amount } };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

describe('a position on paper', () => {
  it('leaves the fixed rate, and pays at a close, as the same position in the pool does, now and later', () => {
    fc.assert(
      fc.property(worlds, ({ world, side, part, waited }) => {
        const real = traded(world, side, part);
        if (!real) return;
        const { position, state } = real;
        const apart = { ...world, view: { ...world.view, state } };
        // The same time passes in both pools, without another trade.
        for (const each of [apart, world]) act(each, { kind: 'wait', part: waited });
        const moment = momentOf(world);
        const { config } = world.view;
        const minted = (of: World) =>
          mintCheckpoint(config, of.view.state, { time: latestCheckpoint(config, moment.chainTime), moment });
        const inPool = minted(apart);
        const held = { lpShares: 0n, withdrawalShares: 0n, bonds: [position], allowance: 0n };
        const { lpSharePrice } = world.view;
        const onPaper = withPaper(config, minted(world), { held, prices: { ...moment, lpSharePrice } });

        // 1. Compare the rates. The remaining difference is the part of the fees that LPs keep.
        const before = spotRateOf(config, minted(world));
        const moved = distance(spotRateOf(config, inPool), before);
        const off = distance(spotRateOf(config, onPaper), spotRateOf(config, inPool));
        expect(off).toBeLessThan(moved / 100n + 10n ** 12n);

        // 2. Compare the payments for a close.
        const pays = (from: typeof inPool) =>
          mulDown(closePosition(config, from, { position, moment }).closed.proceeds, moment.vaultSharePrice);
        expect(distance(pays(onPaper), pays(inPool))).toBeLessThan(position.bonds / 200_000n + 10n ** 9n);
      }),
      { numRuns: 60, seed: 18 },
    );
  }, 60_000);

  it('leaves the value of the liquidity, its own included, as it is', () => {
    fc.assert(
      fc.property(worlds, fc.double({ min: 0.01, max: 0.5, noNaN: true }), ({ world, side, part }, own) => {
        const { config, state, vaultSharePrice, chainTime, lpSharePrice } = world.view;
        const real = traded(world, side, part);
        if (!real) return;
        const lpShares = (state.lpSupply * BigInt(Math.round(own * 1e6))) / 1_000_000n;
        const bonds = [real.position];
        const held = { lpShares, withdrawalShares: 0n, bonds, allowance: 0n };
        const onPaper = withPaper(config, state, {
          held,
          prices: { chainTime, vaultSharePrice, lpSharePrice },
        });
        const value = presentValue(config, onPaper, { vaultSharePrice, chainTime }) ?? 0n;
        const price = (value * vaultSharePrice) / onPaper.lpSupply;
        expect(distance(price, lpSharePrice)).toBeLessThan(lpSharePrice / 10_000n);
        // The liquidity that can be removed now pays its value.
        const { removed } = removeLiquidity(config, onPaper, {
          lpShares,
          moment: { chainTime, vaultSharePrice },
        });
        const paid = mulDown(removed.proceeds, vaultSharePrice);
        const worth = mulDown(lpShares - removed.withdrawalShares, lpSharePrice);
        expect(distance(paid, worth)).toBeLessThan(worth / 1_000n + one / 1_000n);
      }),
      { numRuns: 60, seed: 18 },
    );
  }, 60_000);
});
