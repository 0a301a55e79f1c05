import { divDown, mulDown } from '@service-bots/core/hyperdrive';
import { parseUnits } from 'ethers';
import { bondsToRate, marketOf, sharesToRate } from '../src/planning/sizes.ts';
import type { PoolView, Step } from '../src/planning/view.ts';
import { percentRate } from '../test/support/poolWorld.ts';
import { attempt } from './hindsight.ts';

/** A wallet with a pool in which a strategy trades. */
export interface Run {
  readonly view: PoolView;
  /** The wallet's base. */
  readonly base: bigint;
  readonly held: {
    readonly lpShares: bigint;
    readonly bonds: readonly { side: 'long' | 'short'; maturity: number; bonds: bigint }[];
  };
  /** Executes a step. @returns whether the pool accepted it */
  do(step: Step): boolean | Promise<boolean>;
}

/** Returns a step of a strategy that does not plan as the bot does. */
export function stepIn(run: Run, kind: Step['kind'], amount: bigint, more: Partial<Step> = {}): Step {
  return {
    pool: run.view.address,
    kind,
    amount,
    pays: run.base,
    receives: 0n,
    expectedProfit: 0n,
    horizonSeconds: 0,
    fees: 0n,
    gasCost: 0n,
    reason: '',
    ...more,
  };
}

/** Adds all of the capital as liquidity once. */
export async function liquidityOnly(run: Run): Promise<void> {
  if (run.held.lpShares === 0n) await run.do(stepIn(run, 'add-liquidity', run.base));
}

/**
 * The policy of the predecessor bot: fixed thresholds of 1 %, always to the variable rate, without a fee
 * test.
 */
export async function predecessor(run: Run): Promise<void> {
  if (run.held.lpShares === 0n) await run.do(stepIn(run, 'add-liquidity', run.base / 2n));
  const { view } = run;
  const market = attempt(() =>
    marketOf(view.config, view.state, { chainTime: view.chainTime, vaultSharePrice: view.vaultSharePrice }),
  );
  if (!market) return;
  for (const { side, maturity, bonds } of run.held.bonds.filter(each => each.maturity <= view.chainTime))
    await run.do(stepIn(run, 'close-matured', bonds, { side, maturity }));
  const variable = view.variableRate ?? 0n;
  const threshold = percentRate(1);
  const close = async (side: 'long' | 'short') => {
    const against = run.held.bonds.filter(each => each.side === side && each.maturity > run.view.chainTime);
    for (const { maturity, bonds } of against)
      await run.do(stepIn(run, side === 'long' ? 'reduce-long' : 'reduce-short', bonds, { side, maturity }));
  };
  if (market.rate >= variable + threshold) {
    await close('short');
    const shares = sharesToRate(market, variable, divDown(run.base, view.vaultSharePrice)).amount;
    const amount = mulDown(shares, view.vaultSharePrice);
    if (amount > parseUnits('10', 18)) await run.do(stepIn(run, 'open-long', amount, { side: 'long' }));
  } else if (variable > threshold && market.rate <= variable - threshold) {
    await close('long');
    const bonds = bondsToRate(market, variable, run.base * 3n).amount;
    if (bonds > parseUnits('10', 18)) await run.do(stepIn(run, 'open-short', bonds, { side: 'short' }));
  }
}
