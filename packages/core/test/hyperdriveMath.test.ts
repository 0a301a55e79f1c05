import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  deployMathLibraries,
  installMulticall3,
  type MathLibraries,
  startAnvil,
} from '@service-bots/devnet';
import type { Contract } from 'ethers';
import fc from 'fast-check';
import { divDown, divUp, exp, ln, mulDivDown, mulDivUp, one, pow } from '../src/hyperdrive/fixedPoint.ts';
import { presentValue, type ValueConfig } from '../src/hyperdrive/presentValue.ts';
import { shortProceedsDown, shortProceedsUp } from '../src/hyperdrive/trades/shortProceeds.ts';
import { averageWith, averageWithout } from '../src/hyperdrive/trades/weightedAverage.ts';
import {
  aprFromPrice,
  bondsOutForSharesIn,
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
import { type ContractResult, compare as compareOn, type LibraryCall } from './hyperdriveMath/compare.ts';
import { distributionsOfIdle } from './hyperdriveMath/idle.ts';
import { anySize, fixed, pools } from './hyperdriveMath/pools.ts';
import { describeTrades } from './hyperdriveMath/trades.ts';

/** The number of random inputs for each comparison. */
const samples = 300;
const seed = 20_261_121;

let anvil: Anvil;
let contracts: MathLibraries;

beforeAll(async () => {
  anvil = await startAnvil();
  await installMulticall3(anvil);
  contracts = await deployMathLibraries(anvil);
});
afterAll(() => anvil.stop());

/** Compares a function of ours with the contract's over random inputs. @returns the outcomes */
function compare<T>(
  inputs: fc.Arbitrary<T>,
  theirs: (input: T) => LibraryCall,
  own: (input: T) => bigint | bigint[] | undefined,
): Promise<ContractResult[]> {
  return compareOn(anvil, inputs, { samples, seed }, theirs, own);
}

const onChain = (contract: Contract, method: string, args: unknown[]): LibraryCall => ({
  contract,
  method,
  args,
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

describe('weighted averages and proceeds of shorts', () => {
  it('an average with one more value, or with one less, is the contract’s', async () => {
    const outcomes = await compare(
      fc.tuple(anySize(90), anySize(90), anySize(90), anySize(90), fc.boolean()),
      input => onChain(contracts.fixedPoint, 'updateWeightedAverage', input),
      ([average, weight, value, valueWeight, isAdding]) =>
        isAdding
          ? averageWith({ average, weight, added: value, addedWeight: valueWeight })
          : averageWithout({ average, weight, taken: value, takenWeight: valueWeight }),
    );
    expect(outcomes).toContain('reverts');
  });

  it.each([
    ['calculateShortProceedsUp', shortProceedsUp],
    ['calculateShortProceedsDown', shortProceedsDown],
  ] as const)('%s is the contract’s', async (method, own) => {
    await compare(
      fc.tuple(anySize(90), anySize(90), fixed(0.3, 3), fixed(0.3, 3), fixed(0.3, 3), fixed(0, 0.1)),
      input => onChain(contracts.hyperdrive, method, input),
      ([bonds, cost, open, close, current, flat]) =>
        own(
          { fees: { curve: 0n, flat, governanceLP: 0n, governanceZombie: 0n } },
          { bonds, cost, prices: { open, close, current } },
        ),
    );
  });
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
    ['calculateBondsOutGivenSharesInDown', bondsOutForSharesIn],
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
          spotPrice({
            effectiveReserves: curve.effectiveShareReserves,
            bondReserves: curve.bondReserves,
            initialVaultSharePrice: curve.initialVaultSharePrice,
            timeStretch: config.timeStretch,
          }),
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
        presentValue(config, reserves, { vaultSharePrice: curve.vaultSharePrice, chainTime }),
    );
    const values = outcomes.filter(outcome => typeof outcome === 'bigint');
    expect(values.length).toBeGreaterThan(samples / 3);
    expect(outcomes).toContain('nothing');
  });
});

describe('idle shares', () => {
  it('are distributed as the contract does it, also when Newton’s method ends early or finds nothing', async () => {
    const { theirs, own, distributions } = distributionsOfIdle(contracts.lp);
    const outcomes = await compare(distributions, theirs, own);
    const paid = outcomes.filter(outcome => Array.isArray(outcome) && (outcome[1] ?? 0n) > 0n);
    expect(paid.length).toBeGreaterThan(samples / 5);
  });
});

describeTrades(() => anvil, Number(process.env.HYPERDRIVE_TRADES ?? 360), seed);
