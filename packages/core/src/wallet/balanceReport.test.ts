import { describe, expect, it } from '@jest/globals';
import { chainOf } from '../chains/index.ts';
import { balanceReport } from './balanceReport.ts';

const chain = chainOf(100);

describe('balanceReport', () => {
  it('default: an action costs its gas at the base fee and tip of the moment, and the fee of the first layer', () => {
    const report = balanceReport({
      chain: { ...chain, defaultTipWei: 1n },
      head: { baseFeeWei: 9n },
      balanceWei: 2_100n,
      thresholdWei: 0n,
      actionGas: 20n,
      l1FeeWei: 10n,
      wantedActions: 5,
    });
    expect(report).toEqual({
      wallet: { balanceWei: 2_100n, actionsLeft: 10 },
      observation: { check: 'low-balance', failing: false },
    });
  });

  it("behavior: without the operator's threshold the chain's applies", () => {
    const about = { chain, head: { baseFeeWei: 0n }, actionGas: 0n, wantedActions: 0 };
    expect(balanceReport({ ...about, balanceWei: chain.lowBalanceWei - 1n }).observation.failing).toBe(true);
    expect(balanceReport({ ...about, balanceWei: chain.lowBalanceWei }).observation.failing).toBe(false);
  });
});
