import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  deployMathLibraries,
  type MathLibraries,
  startAnvil,
  timeStretch,
} from '@service-bots/devnet';
import { type Contract, isCallException } from 'ethers';
import fc from 'fast-check';
import {
  ArithmeticError,
  divDown,
  divUp,
  exp,
  ln,
  mulDivDown,
  mulDivUp,
  one,
  pow,
} from '../src/hyperdrive/fixedPoint.ts';
import { presentValue, type Reserves, type ValueConfig } from '../src/hyperdrive/presentValue.ts';
import {
  aprFromPrice,
  type Curve,
  invariantDown,
  invariantUp,
  mostBondsIn,
  mostBondsOut,
  mostSharesIn,
  sharesInForBondsOut,
  sharesOutForBondsIn,
  spotPrice,
} from '../src/hyperdrive/yieldSpace.ts';

/** Random inputs for each comparison. */
const samples = 300;
const seed = 20_261_121;

let anvil: Anvil;
let contracts: MathLibraries;

beforeAll(async () => {
  anvil = await startAnvil();
  contracts = await deployMathLibraries(anvil);
});
afterAll(() => anvil.stop());

/** What a calculation came to: its value, `nothing` where it has none, `reverts`. */
type Outcome = bigint | 'nothing' | 'reverts';

async function onChain(contract: Contract, method: string, args: unknown[]): Promise<Outcome> {
  try {
    const result = await contract.getFunction(method).staticCall(...args);
    if (typeof result === 'bigint') return result;
    const [value, success] = result as [bigint, boolean];
    return success ? value : 'nothing';
  } catch (error) {
    if (!isCallException(error)) throw error;
    const isNothing = ['InvalidPresentValue', 'InsufficientLiquidity'].includes(error.revert?.name ?? '');
    return isNothing ? 'nothing' : 'reverts';
  }
}

function ours(calculate: () => bigint | undefined): Outcome {
  try {
    return calculate() ?? 'nothing';
  } catch (error) {
    if (error instanceof ArithmeticError) return 'reverts';
    throw error;
  }
}

/** Holds a function of ours against the contract's over random inputs. @returns the outcomes */
async function compare<T>(
  inputs: fc.Arbitrary<T>,
  theirs: (input: T) => Promise<Outcome>,
  own: (input: T) => bigint | undefined,
): Promise<Outcome[]> {
  const drawn = fc.sample(inputs, { numRuns: samples, seed });
  const outcomes = await Promise.all(drawn.map(theirs));
  drawn.forEach((input, i) => {
    expect({ input, outcome: ours(() => own(input)) }).toEqual({ input, outcome: outcomes[i] });
  });
  return outcomes;
}

/** Numbers of every size below 2^bits, small ones as likely as large ones. */
const anySize = (bits: number) =>
  fc.integer({ min: 0, max: bits }).chain(size => fc.bigInt({ min: 0n, max: 1n << BigInt(size) }));
/** An 18-decimal number between two others. */
const fixed = (min: number, max: number) =>
  fc.bigInt({
    min: BigInt(Math.round(min * 1e6)) * 10n ** 12n,
    max: BigInt(Math.round(max * 1e6)) * 10n ** 12n,
  });

describe('fixed point', () => {
  const triple = fc.tuple(anySize(200), anySize(100), anySize(150));
  const pair = fc.tuple(anySize(180), anySize(180));

  it.each([
    ['mulDivDown', mulDivDown],
    ['mulDivUp', mulDivUp],
  ] as const)('%s is the contract’s', async (method, own) => {
    await compare(
      triple,
      input => onChain(contracts.fixedPoint, method, input),
      ([x, y, d]) => own(x, y, d),
    );
  });

  it.each([
    ['divDown', divDown],
    ['divUp', divUp],
  ] as const)('%s is the contract’s', async (method, own) => {
    await compare(
      pair,
      input => onChain(contracts.fixedPoint, method, input),
      ([x, y]) => own(x, y),
    );
  });

  it('ln is the contract’s', async () => {
    await compare(anySize(255), x => onChain(contracts.fixedPoint, 'ln', [x]), ln);
  });

  it('exp is the contract’s, from 0 to overflow', async () => {
    const outcomes = await compare(fixed(-50, 140), x => onChain(contracts.fixedPoint, 'exp', [x]), exp);
    expect(outcomes).toEqual(expect.arrayContaining([0n, 'reverts']));
  });

  it('pow is the contract’s', async () => {
    await compare(
      fc.tuple(anySize(130), fc.oneof(fixed(0, 3), anySize(70))),
      input => onChain(contracts.fixedPoint, 'pow', input),
      ([x, y]) => pow(x, y),
    );
  });
});

/** A pool as it may be: of 18 or 6 decimals, near its edges now and then. */
const pools = fc
  .record({
    decimals: fc.constantFrom(18, 6),
    shares: fixed(1, 100_000_000),
    adjustment: fixed(-1, 1.05),
    ratio: fixed(0.9, 12),
    vaultSharePrice: fixed(0.3, 3),
    initialVaultSharePrice: fixed(0.8, 2),
    rate: fixed(0.005, 0.3),
    days: fc.constantFrom(7, 30, 182, 365),
    longs: fc.oneof(fixed(0, 1.2), fixed(0, 0.000001), fc.constant(0n)),
    shorts: fc.oneof(fixed(0, 3), fixed(0, 0.000001), fc.constant(0n)),
    longsMature: fixed(-0.1, 1),
    shortsMature: fixed(-0.1, 1),
    bonds: fixed(0, 2),
    chainTime: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
  })
  .map(draw => {
    const scale = 10n ** BigInt(18 - draw.decimals);
    const of = (part: bigint) => (shareReserves * part) / one;
    const shareReserves = draw.shares / scale;
    const shareAdjustment = of(draw.adjustment);
    const positionDuration = draw.days * 86_400;
    const maturing = (part: bigint) => BigInt(draw.chainTime) * one + part * BigInt(positionDuration);
    const effective = shareReserves > shareAdjustment ? shareReserves - shareAdjustment : 0n;
    const config: ValueConfig = {
      initialVaultSharePrice: draw.initialVaultSharePrice,
      minimumShareReserves: (10n * one) / scale,
      minimumTransactionAmount: one / 1_000n / scale,
      timeStretch: timeStretch(draw.rate, positionDuration),
      positionDuration,
      checkpointDuration: 86_400,
    };
    const reserves: Reserves = {
      shareReserves,
      shareAdjustment,
      bondReserves: (effective * draw.ratio) / one,
      longsOutstanding: of(draw.longs),
      longAverageMaturityTime: maturing(draw.longsMature),
      shortsOutstanding: of(draw.shorts),
      shortAverageMaturityTime: maturing(draw.shortsMature),
    };
    const curve: Curve = {
      effectiveShareReserves: effective,
      bondReserves: reserves.bondReserves,
      exponent: one - config.timeStretch,
      vaultSharePrice: draw.vaultSharePrice,
      initialVaultSharePrice: draw.initialVaultSharePrice,
    };
    return { config, reserves, curve, bonds: of(draw.bonds), chainTime: draw.chainTime };
  });

describe('the curve', () => {
  const args = ({ curve }: { curve: Curve }) => [
    curve.effectiveShareReserves,
    curve.bondReserves,
    curve.exponent,
    curve.vaultSharePrice,
    curve.initialVaultSharePrice,
  ];
  const withBonds = ({ curve, bonds }: { curve: Curve; bonds: bigint }) =>
    args({ curve }).toSpliced(2, 0, bonds);

  it.each([
    ['kUp', invariantUp],
    ['kDown', invariantDown],
    ['calculateMaxBuySharesInSafe', mostSharesIn],
    ['calculateMaxBuyBondsOutSafe', mostBondsOut],
  ] as const)('%s is the contract’s', async (method, own) => {
    await compare(
      pools,
      pool => onChain(contracts.yieldSpace, method, args(pool)),
      ({ curve }) => own(curve),
    );
  });

  it.each([
    ['calculateSharesOutGivenBondsInDownSafe', sharesOutForBondsIn],
    ['calculateSharesInGivenBondsOutUp', sharesInForBondsOut],
  ] as const)('%s is the contract’s', async (method, own) => {
    await compare(
      pools,
      pool => onChain(contracts.yieldSpace, method, withBonds(pool)),
      ({ curve, bonds }) => own(curve, bonds),
    );
  });

  it('calculateMaxSellBondsInSafe is the contract’s', async () => {
    await compare(
      pools.filter(({ reserves }) => reserves.shareReserves >= reserves.shareAdjustment),
      ({ curve, config, reserves }) => {
        const { shareReserves, shareAdjustment } = reserves;
        const [, y, t, c, mu] = args({ curve });
        const input = [shareReserves, shareAdjustment, y, config.minimumShareReserves, t, c, mu];
        return onChain(contracts.yieldSpace, 'calculateMaxSellBondsInSafe', input);
      },
      ({ curve, config, reserves: { shareAdjustment } }) =>
        mostBondsIn(curve, config.minimumShareReserves + (shareAdjustment < 0n ? -shareAdjustment : 0n)),
    );
  });

  it('price and rate are the contract’s', async () => {
    await compare(
      pools,
      ({ curve, config }) =>
        onChain(contracts.hyperdrive, 'calculateSpotAPR', [
          curve.effectiveShareReserves,
          curve.bondReserves,
          curve.initialVaultSharePrice,
          config.positionDuration,
          config.timeStretch,
        ]),
      ({ curve, config }) =>
        aprFromPrice(
          spotPrice(
            curve.effectiveShareReserves,
            curve.bondReserves,
            curve.initialVaultSharePrice,
            config.timeStretch,
          ),
          config.positionDuration,
        ),
    );
  });
});

describe('present value', () => {
  it('is the contract’s, to the wei, also where it has none', async () => {
    const left = (config: ValueConfig, maturity: bigint, chainTime: number) => {
      const latest = BigInt(chainTime - (chainTime % config.checkpointDuration)) * one;
      return maturity > latest ? (maturity - latest) / BigInt(config.positionDuration) : 0n;
    };
    const outcomes = await compare(
      pools,
      ({ config, reserves, curve, chainTime }) =>
        onChain(contracts.lp, 'calculatePresentValue', [
          {
            ...config,
            ...reserves,
            vaultSharePrice: curve.vaultSharePrice,
            longAverageTimeRemaining: left(config, reserves.longAverageMaturityTime, chainTime),
            shortAverageTimeRemaining: left(config, reserves.shortAverageMaturityTime, chainTime),
          },
        ]),
      ({ config, reserves, curve, chainTime }) =>
        presentValue(config, reserves, curve.vaultSharePrice, chainTime),
    );
    const values = outcomes.filter(outcome => typeof outcome === 'bigint');
    expect(values.length).toBeGreaterThan(samples / 3);
    expect(outcomes).toContain('nothing');
  });
});
