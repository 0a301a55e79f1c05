import { describe, expect, it } from '@jest/globals';
import { mulDown, one } from '@service-bots/core/hyperdrive';
import { formatUnits } from 'ethers';
import fc from 'fast-check';
import type { LpandarbConfig } from '../src/config.ts';
import { refusalOf } from '../src/executing/policy.ts';
import { boundedCall } from '../src/executing/tradeCall.ts';
import { poolLimits } from '../src/limits/poolLimits.ts';
import { plan } from '../src/planning/plan.ts';
import type { LpandarbPool } from '../src/reading/LpandarbPool.ts';
import { tokenAbi } from '../src/reading/readPool.ts';
import { baseOfTokens, baseOfUnits, type Settlement, tokensFor, unitsFor } from '../src/settlement.ts';
import { act, allLimits, freshPool, percentRate } from './support/poolWorld.ts';

const token = `0x${'5a'.repeat(20)}`;
const wallet = `0x${'11'.repeat(20)}`;
const settlements = fc.constantFrom<Settlement>(
  { token, asBase: true, isRebasing: false, account: token },
  { token, asBase: false, isRebasing: false, account: `shares ${token}` },
  { token, asBase: false, isRebasing: true, account: `shares ${token}` },
);
const amounts = fc.bigInt({ min: 1n, max: 10n ** 30n });
const prices = fc.bigInt({ min: one / 100n, max: 100n * one });
const runs = { numRuns: 500, seed: 18 };

describe('a settlement', () => {
  it('property: calls never take more base than planned, and at most one unit less', () => {
    fc.assert(
      fc.property(settlements, amounts, prices, (settlement, base, price) => {
        const paid = baseOfUnits(settlement, unitsFor(settlement, base, price), price);
        expect(paid).toBeLessThanOrEqual(base);
        expect(base - paid).toBeLessThanOrEqual(price / one + 1n);
      }),
      runs,
    );
  });

  it('property: an approval covers the call that it is for, and no whole unit more', () => {
    fc.assert(
      fc.property(settlements, amounts, prices, (settlement, base, price) => {
        const approved = tokensFor(settlement, base, price);
        const { isRebasing } = settlement;
        const units = unitsFor(settlement, base, price);
        // A rebasing token counts in base, so the pool takes the worth of its shares.
        const taken = isRebasing ? baseOfUnits(settlement, units, price) : units;
        expect(approved).toBeGreaterThanOrEqual(taken);
        expect(baseOfTokens(settlement, approved, price)).toBeGreaterThanOrEqual(base);
        expect(baseOfTokens(settlement, approved - 1n, price)).toBeLessThanOrEqual(base);
      }),
      runs,
    );
  });
});

describe('the policy of the signer', () => {
  const capital = 100_000n * one;
  const figure = (usual: string) => ({ usual, named: new Map<string, string>() });
  const config = {
    CAPITAL_PER_POOL: figure(formatUnits(capital, 18)),
    NATIVE_IN_BASE: figure('0.001'),
    MAX_TRADE: figure('40000'),
    MAX_POSITION: figure('1000000'),
    LP_PORTION: one / 2n,
    MAX_LIQUIDITY_SHARE: one,
    MIN_PROFIT_BPS: 0n,
    SLIPPAGE_BPS: one / 10_000n,
  } as unknown as LpandarbConfig;

  it('property: signs every planned step at any price of the vault, and none of ten times the capital', () => {
    fc.assert(
      fc.property(
        settlements,
        // The first price, and the present price as a part of it: the vault may have lost or earned.
        fc.constantFrom(one, (one * 13n) / 10n, (one * 9n) / 10n),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.double({ min: 0.5, max: 12, noNaN: true }),
        fc.double({ min: 0, max: 12, noNaN: true }),
        (settlement, first, moved, fixed, variable) => {
          const world = freshPool({ fixedRate: percentRate(fixed), initialVaultSharePrice: first }, variable);
          act(world, { kind: 'wait', part: 0.01 });
          const vaultSharePrice = mulDown(first, BigInt(Math.round(moved * 1e9)) * 10n ** 9n);
          const view = { ...world.view, settlement, vaultSharePrice };
          const pool = {
            address: view.address,
            name: 'Pool',
            decimals: 18,
            settlement,
            config: { initialVaultSharePrice: first },
          } as LpandarbPool;
          const limits = allLimits(poolLimits(config, pool, { priceWei: 0n, firstLayerWei: 0n }));
          const snapshot = {
            block: { number: 1, timestamp: view.chainTime },
            pools: [view],
            base: new Map([[settlement.account, capital]]),
          };
          const refusal = (to: string, data: string) =>
            refusalOf({ to, data }, { wallet, pools: [pool], config });
          for (const step of plan(snapshot, new Map(), limits)[0]?.steps ?? []) {
            const approval = (base: bigint) =>
              tokenAbi.encodeFunctionData('approve', [
                pool.address,
                tokensFor(settlement, base, vaultSharePrice),
              ]);
            const market = { ...view, fixedRate: percentRate(fixed), slippage: 0n, allowance: step.pays };
            const result =
              step.kind === 'open-short'
                ? { amount: unitsFor(settlement, step.pays, vaultSharePrice), shares: 0n }
                : { amount: step.receives, shares: 0n };
            const call = (each: typeof step) => boundedCall(each, { wallet, result, market });
            expect(refusal(pool.address, call(step))).toBeUndefined();
            expect(refusal(token, approval(step.pays))).toBeUndefined();
            expect(refusal(token, approval(capital * 10n))).toContain('more than the capital');
            if (step.kind !== 'open-short')
              expect(refusal(pool.address, call({ ...step, amount: capital * 10n }))).toBeDefined();
          }
        },
      ),
      { numRuns: 100, seed: 18 },
    );
  });
});
