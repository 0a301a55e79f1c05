import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import {
  divDown,
  isRefusal,
  mulDown,
  one,
  openLong,
  openShort,
  spotRateOf,
} from '@service-bots/core/hyperdrive';
import fc from 'fast-check';
import { capitalInUse, openBonds } from '../src/planning/account.ts';
import { plan } from '../src/planning/plan.ts';
import { targetsOf } from '../src/planning/targets.ts';
import type { PoolLimits, Step } from '../src/planning/view.ts';
import {
  type Act,
  act,
  allLimits,
  day,
  freshPool,
  limitsOf,
  percentRate,
  type World,
} from './support/poolWorld.ts';

const basisPoint = 10n ** 14n;

/**
 * Returns the run options: the same worlds at every run, or as many new ones as PLANNER_RUNS says
 * (PLANNER_RUNS=5000).
 */
const runs = (usual: number) =>
  process.env.PLANNER_RUNS ? { numRuns: Number(process.env.PLANNER_RUNS) } : { numRuns: usual, seed: 18 };

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('long' as const, 'short' as const),
    part: fc.double({ min: 0.0001, max: 0.2, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('wait' as const), part: fc.double({ min: 0.001, max: 0.6, noNaN: true }) }),
);

const spec = fc.record({
  decimals: fc.constantFrom(6, 18),
  positionDuration: fc.constantFrom(7 * day, 30 * day, 182 * day, 364 * day),
  checkpointDuration: fc.constantFrom(day, 7 * day),
  fixedRate: fc.double({ min: 1, max: 12, noNaN: true }).map(percentRate),
  initialVaultSharePrice: fc.constantFrom(one, (one * 13n) / 10n, (one * 9n) / 10n),
});

/** Pools in which other traders and the bot have traded. */
const worlds: fc.Arbitrary<World> = fc
  .record({
    spec,
    variable: fc.double({ min: 0, max: 12, noNaN: true }),
    acts: fc.array(fc.record({ act: acts, own: fc.boolean() }), { maxLength: 5 }),
    liquidity: fc.double({ min: 0, max: 0.5, noNaN: true }),
  })
  .filter(({ spec: { positionDuration, checkpointDuration } }) => positionDuration % checkpointDuration === 0)
  .map(({ spec: { decimals, ...rest }, variable, acts: history, liquidity }) => {
    const unit = 10n ** BigInt(decimals);
    const amounts = {
      liquidity: 1_000_000n * unit,
      minimumShareReserves: 10n * unit,
      minimumTransactionAmount: unit / 10n,
    };
    const world = freshPool({ decimals, ...amounts, ...rest }, variable);
    if (liquidity > 0.1) act(world, { kind: 'liquidity', part: liquidity }, true);
    for (const { act: each, own } of history) act(world, each, own);
    return world;
  });

const someLimits: fc.Arbitrary<(world: World) => PoolLimits> = fc
  .record({
    lpPortion: fc.double({ min: 0, max: 1, noNaN: true }),
    capital: fc.double({ min: 0, max: 1, noNaN: true }),
    trade: fc.double({ min: 0, max: 0.2, noNaN: true }),
    position: fc.double({ min: 0, max: 0.3, noNaN: true }),
    liquidityShare: fc.double({ min: 0, max: 1, noNaN: true }),
    minProfit: fc.constantFrom(0, 0.0001, 0.001),
    slippage: fc.constantFrom(0, 0.0001, 0.01),
    gasPriceE18: fc.constantFrom(0, 1e12, 1e15),
    fixed: fc.boolean(),
  })
  .map(({ fixed, ...parts }) => ({ spec: { liquidity, decimals } }: World) => {
    const e18 = (part: number) => BigInt(Math.round(part * 1e9)) * 10n ** 9n;
    const of = (part: number) => mulDown(liquidity, e18(part));
    return {
      lpPortion: e18(parts.lpPortion),
      capital: of(parts.capital),
      trade: of(parts.trade),
      position: of(parts.position),
      liquidityShare: e18(parts.liquidityShare),
      minProfit: e18(parts.minProfit),
      slippage: e18(parts.slippage),
      gasPriceE18: (BigInt(parts.gasPriceE18) * 10n ** BigInt(decimals)) / 10n ** 0n / one,
      firstLayerFee: 0n,
      thresholds: fixed ? { kind: 'fixed', high: percentRate(1), low: percentRate(0.5) } : { kind: 'fees' },
    };
  });

/** Returns whether the pool refuses a trade that is 2 % larger. */
function refusesMore({ view }: World, { kind, amount }: Step): boolean {
  const moment = { chainTime: view.chainTime, vaultSharePrice: view.vaultSharePrice };
  const more = (amount * 102n) / 100n;
  try {
    if (kind === 'open-long')
      openLong(view.config, view.state, { shares: divDown(more, view.vaultSharePrice), moment });
    else openShort(view.config, view.state, { bonds: more, moment });
    return false;
  } catch (error) {
    return isRefusal(error);
  }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);

const planned = (world: World, limits: PoolLimits, base: bigint, changes = {}) => {
  const { view, positions } = world;
  const snapshot = {
    block: { number: 1, timestamp: view.chainTime },
    pools: [view],
    base: new Map([[view.settlement.account, base]]),
  };
  const [own] = plan(snapshot, new Map([[view.address, positions]]), allLimits(limits, changes));
  if (!own) throw new Error('there is no plan');
  return own;
};

describe('plan', () => {
  it('property: exceeds no limit, and has no step that is expected to lose', () => {
    fc.assert(
      fc.property(
        worlds,
        someLimits,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (world, limitsFor, part) => {
          const limits = limitsFor(world);
          const {
            view,
            positions,
            spec: { liquidity },
          } = world;
          const base = mulDown(liquidity, BigInt(Math.round(part * 1e9)) * 10n ** 9n);
          const { steps } = planned(world, limits, base);
          let wallet = base;
          let inUse = capitalInUse(view, positions);
          const opened = {
            long: openBonds(positions, 'long', view.chainTime),
            short: openBonds(positions, 'short', view.chainTime),
          };
          const before = inUse;
          for (const step of steps) {
            expect(step.expectedProfit).toBeGreaterThanOrEqual(0n);
            expect(step.amount).toBeGreaterThan(0n);
            wallet += step.pays > 0n ? -step.pays : step.receives;
            expect(wallet).toBeGreaterThanOrEqual(0n);
            if (step.pays > 0n) {
              inUse += step.kind === 'open-long' ? step.receives : step.pays;
              // A long counts at its face value, which is above its price.
              expect(inUse).toBeLessThanOrEqual(larger(limits.capital, before));
            }
            if (step.kind === 'open-long' || step.kind === 'open-short') {
              const side = step.kind === 'open-long' ? ('long' as const) : ('short' as const);
              opened[side] += step.receives;
              expect(step.amount).toBeLessThanOrEqual(limits.trade);
              expect(opened[side]).toBeLessThanOrEqual(limits.position);
              expect(step.expectedProfit).toBeGreaterThanOrEqual(mulDown(step.receives, limits.minProfit));
              expect(step.pays).toBeLessThanOrEqual(limits.capital);
            } else if (step.kind.startsWith('reduce'))
              expect(step.amount).toBeLessThanOrEqual(limits.trade + view.config.minimumTransactionAmount);
          }
        },
      ),
      runs(150),
    );
  });

  it('property: reaches the target within 1 basis point in one trade when the limits allow it', () => {
    let traded = 0;
    fc.assert(
      fc.property(worlds, world => {
        const { view, spec: ownSpec } = world;
        world.positions = { lpShares: 0n, withdrawalShares: 0n, bonds: [] };
        const limits = limitsOf(ownSpec, { liquidityShare: 100n * one });
        const { steps, fixedRate, variableRate, notes } = planned(world, limits, ownSpec.liquidity * 1_000n);
        const targets = targetsOf(view.config, variableRate as bigint, limits.thresholds);
        const rate = fixedRate as bigint;
        const isBeyond =
          rate > targets.high + basisPoint || (targets.low !== undefined && rate < targets.low - basisPoint);
        if (!isBeyond) return;
        const [step] = steps;
        if (!step) {
          // The pool has its own limits, since it must be able to pay all longs.
          expect(notes.join()).toMatch(/refuses|accepted|would bring|smaller than the pool|left alone/);
          return;
        }
        traded += 1;
        const target = step.kind === 'open-long' ? targets.longTarget : (targets.shortTarget as bigint);
        const off = (step.rateAfter as bigint) - target;
        // The pool has its own limits. Where it refuses a slightly larger trade, the target cannot be
        // reached.
        if ((off > basisPoint || off < -basisPoint) && refusesMore(world, step)) return;
        expect(off < 0n ? -off : off).toBeLessThanOrEqual(basisPoint);
      }),
      runs(150),
    );
    expect(traded).toBeGreaterThan(60);
  });

  it('property: plans only steps that pay into the wallet without a variable rate', () => {
    fc.assert(
      fc.property(worlds, someLimits, (world, limitsFor) => {
        const { liquidity } = world.spec;
        world.view = { ...world.view, variableRate: undefined };
        for (const { kind } of planned(world, limitsFor(world), liquidity).steps)
          expect(['close-matured', 'redeem']).toContain(kind);
      }),
      runs(40),
    );
  });

  it('property: only closes positions while new risk is forbidden', () => {
    fc.assert(
      fc.property(worlds, someLimits, (world, limitsFor) => {
        const { liquidity } = world.spec;
        for (const step of planned(world, limitsFor(world), liquidity, { noNewRisk: 'halted' }).steps)
          expect(step.pays).toBe(0n);
      }),
      runs(40),
    );
  });
});

it('the state of a world has a rate', () => {
  const { view } = freshPool({ fixedRate: percentRate(5) });
  const off = Number(spotRateOf(view.config, view.state) - percentRate(5));
  expect(Math.abs(off)).toBeLessThan(1e9);
});
