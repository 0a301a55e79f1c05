import { describe, expect, it } from '@jest/globals';
import { chainOf } from '../chains/index.ts';
import { assessBalance } from './assessBalance.ts';

const chain = chainOf(100);
const ether = 10n ** 18n;

describe('assessBalance', () => {
  it('default: a wallet that holds enough is no failure', () => {
    expect(
      assessBalance({
        chain,
        balanceWei: 10n * ether,
        thresholdWei: ether,
        actionCostWei: ether / 100n,
        wantedActions: 20,
      }),
    ).toEqual({
      actionsLeft: 1000,
      outcome: { failing: false },
    });
  });

  it('behavior: warns below the threshold, with the amount to hold in the chain’s currency', () => {
    const { outcome } = assessBalance({
      chain,
      balanceWei: ether / 2n,
      thresholdWei: ether,
      actionCostWei: ether / 100n,
      wantedActions: 20,
    });
    expect(outcome).toMatchObject({
      failing: true,
      severity: 'warning',
      message:
        "the wallet holds 0.5 xDAI, enough for 50 more actions at today's fee; top it up to at least 1.0 xDAI",
    });
  });

  it('behavior: warns above the threshold when the next actions cost more', () => {
    expect(
      assessBalance({
        chain,
        balanceWei: 2n * ether,
        thresholdWei: ether,
        actionCostWei: ether,
        wantedActions: 20,
      }).outcome,
    ).toMatchObject({
      failing: true,
      severity: 'warning',
      message:
        "the wallet holds 2.0 xDAI, enough for 2 more actions at today's fee; top it up to at least 20.0 xDAI",
    });
  });

  it.each([
    ['nothing', 0n, ether],
    ['nothing, where gas is free', 0n, 0n],
    ['less than one action', ether / 2n, ether],
  ])('behavior: reports a wallet that holds %s as an error', (_, balance, cost) => {
    expect(
      assessBalance({ chain, balanceWei: balance, thresholdWei: 0n, actionCostWei: cost, wantedActions: 20 })
        .outcome,
    ).toMatchObject({
      failing: true,
      severity: 'error',
    });
  });

  it('behavior: considers only the threshold where gas is free', () => {
    expect(
      assessBalance({ chain, balanceWei: ether, thresholdWei: ether, actionCostWei: 0n, wantedActions: 20 }),
    ).toEqual({
      actionsLeft: undefined,
      outcome: { failing: false },
    });
  });
});
