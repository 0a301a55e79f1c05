import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GasBudgetExceeded } from './errors.ts';
import { GasBudget, type GasLimits } from './GasBudget.ts';

const hourMs = 3_600_000;
const start = 1_700_000_000_000;

function budgetAt(limits: GasLimits, at = { ms: start }) {
  return { at, budget: new GasBudget(limits, () => at.ms) };
}

describe('GasBudget', () => {
  it('default: a call fits until the hour’s gas is used, and again an hour later', () => {
    const { budget, at } = budgetAt({ perHour: 100n, perDay: 1_000n });
    budget.check('settle', { gasLimit: 60n, inFlightGas: 0n });
    budget.spend(60n);
    expect(() => budget.check('settle', { gasLimit: 60n, inFlightGas: 0n })).toThrow(GasBudgetExceeded);
    expect(() => budget.check('settle', { gasLimit: 60n, inFlightGas: 0n })).toThrow(
      'settle is not sent: it may use 60 gas, the wallet used 60 within the last hour, and its budget is 100',
    );
    expect(budget.state(0n).shortage).toMatchObject({ label: 'settle', window: 'hour', usedGas: 60n });
    at.ms += hourMs + 600_000;
    expect(budget.state(0n).shortage).toBeUndefined();
    budget.check('settle', { gasLimit: 60n, inFlightGas: 0n });
  });

  it('behavior: a quote that does not fit is no shortage as long as another one decides', () => {
    const { budget } = budgetAt({ perHour: 100n, perDay: 1_000n });
    budget.check('settle', { gasLimit: 60n, inFlightGas: 0n });
    expect(() => budget.fits('settle', { gasLimit: 101n, inFlightGas: 0n })).toThrow(GasBudgetExceeded);
    expect(budget.state(0n).shortage).toBeUndefined();
  });

  it('behavior: the day has a limit of its own', () => {
    const { budget, at } = budgetAt({ perHour: 100n, perDay: 150n });
    budget.spend(100n);
    at.ms += 2 * hourMs;
    budget.spend(40n);
    expect(() => budget.check('commit', { gasLimit: 20n, inFlightGas: 0n })).toThrow(/within the last day/);
    budget.check('commit', { gasLimit: 10n, inFlightGas: 0n });
  });

  it('behavior: transactions in flight count with all that they may use', () => {
    const { budget } = budgetAt({ perHour: 100n, perDay: 100n });
    expect(() => budget.check('commit', { gasLimit: 10n, inFlightGas: 95n })).toThrow(/used 95/);
  });

  it('behavior: continues with the gas that an earlier process used', () => {
    const { budget, at } = budgetAt({ perHour: 100n, perDay: 100n });
    budget.spend(90n);
    const next = budgetAt({ perHour: 100n, perDay: 100n }, at).budget;
    next.load(budget.used);
    expect(() => next.check('commit', { gasLimit: 20n, inFlightGas: 0n })).toThrow(GasBudgetExceeded);
  });

  it('behavior: a clock that is set back frees nothing', () => {
    const { budget, at } = budgetAt({ perHour: 100n, perDay: 100n });
    budget.spend(90n);
    at.ms -= 10 * hourMs;
    expect(() => budget.check('commit', { gasLimit: 20n, inFlightGas: 0n })).toThrow(GasBudgetExceeded);
  });

  it('behavior: a reserve is left by calls that may not use it, and can be used up by those that may', () => {
    const { budget } = budgetAt({ perHour: 100n, perDay: 1_000n, reservedPercent: 40n });
    budget.spend(50n);
    expect(() => budget.check('commit', { gasLimit: 11n, inFlightGas: 0n })).toThrow(
      'its budget for such calls (40 % are reserved) is 60',
    );
    expect(() => budget.check('commit', { gasLimit: 10n, inFlightGas: 1n })).toThrow(GasBudgetExceeded);
    budget.check('settle', { gasLimit: 49n, inFlightGas: 1n, usesReserve: true });
    // The commit still does not fit, although a draw may use the reserve.
    expect(budget.state(1n).shortage).toMatchObject({ label: 'commit', limitGas: 60n });
    expect(() => budget.check('settle', { gasLimit: 50n, inFlightGas: 1n, usesReserve: true })).toThrow(
      'its budget is 100',
    );
  });

  it('property: for any calls without it, the reserve fits a call that may use it', () => {
    const asked = fc.record({
      afterMs: fc.integer({ min: 0, max: 3 * hourMs }),
      gas: fc.bigInt({ min: 1n, max: 60n }),
      inFlight: fc.bigInt({ min: 0n, max: 30n }),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 100 }), calls => {
        const { budget, at } = budgetAt({ perHour: 100n, perDay: 300n, reservedPercent: 30n });
        for (const { afterMs, gas, inFlight } of calls) {
          at.ms += afterMs;
          try {
            budget.check('commit', { gasLimit: gas, inFlightGas: inFlight });
            budget.spend(gas);
          } catch {
            // It does not fit.
          }
          budget.check('settle', { gasLimit: 30n, inFlightGas: 0n, usesReserve: true });
        }
      }),
    );
  });

  it('property: for any calls, no hour and no day uses more than its limit', () => {
    const asked = fc.record({
      afterMs: fc.integer({ min: 0, max: 3 * hourMs }),
      gas: fc.bigInt({ min: 1n, max: 60n }),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 100 }), calls => {
        const limits = { perHour: 100n, perDay: 300n };
        const { budget, at } = budgetAt(limits);
        const sent: { ms: number; gas: bigint }[] = [];
        for (const { afterMs, gas } of calls) {
          at.ms += afterMs;
          try {
            budget.check('call', { gasLimit: gas, inFlightGas: 0n });
          } catch {
            continue;
          }
          budget.spend(gas);
          sent.push({ ms: at.ms, gas });
          const within = (ms: number) =>
            sent.reduce((sum, each) => (each.ms > at.ms - ms ? sum + each.gas : sum), 0n);
          expect(within(hourMs) <= limits.perHour && within(24 * hourMs) <= limits.perDay).toBe(true);
        }
      }),
    );
  });
});
