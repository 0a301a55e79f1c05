import { describe, expect, it } from '@jest/globals';
import { chainOf } from '../chains/index.ts';
import { assessBalance } from './balance.ts';

const chain = chainOf(100);
const ether = 10n ** 18n;

describe('assessBalance', () => {
  it('default: enough', () => {
    expect(assessBalance(chain, 10n * ether, ether, ether / 100n, 20)).toEqual({
      actionsLeft: 1000,
      outcome: { failing: false },
    });
  });

  it('behavior: below the threshold is a warning that says how much is needed, in the chain’s currency', () => {
    const { outcome } = assessBalance(chain, ether / 2n, ether, ether / 100n, 20);
    expect(outcome).toMatchObject({
      failing: true,
      severity: 'warning',
      message:
        "the wallet holds 0.5 xDAI, enough for 50 more actions at today's fee; top it up to at least 1.0 xDAI",
    });
  });

  it('behavior: above the threshold and too little for what is to come is a warning, too', () => {
    expect(assessBalance(chain, 2n * ether, ether, ether, 20).outcome).toMatchObject({
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
  ])('behavior: a wallet that holds %s is an error', (_, balance, cost) => {
    expect(assessBalance(chain, balance, 0n, cost, 20).outcome).toMatchObject({
      failing: true,
      severity: 'error',
    });
  });

  it('behavior: where gas is free, only the threshold counts', () => {
    expect(assessBalance(chain, ether, ether, 0n, 20)).toEqual({
      actionsLeft: undefined,
      outcome: { failing: false },
    });
  });
});
