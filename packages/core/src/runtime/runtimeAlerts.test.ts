import { describe, expect, it } from '@jest/globals';
import { BroadcastRefused, FeeAboveCap, InsufficientFunds, type Tracked } from '../wallet/index.ts';
import type { TargetReport } from './bot.ts';
import { stuckObservation, targetObservations } from './runtimeAlerts.ts';

const [a, b] = [`0x${'aa'.repeat(20)}`, `0x${'bb'.repeat(20)}`];
const report = (address: string, error?: unknown, hash?: string): TargetReport => ({
  address,
  actions: hash ? [{ what: 'minted', hash }] : [],
  error,
});

describe('targetObservations', () => {
  const observe = (targets: TargetReport[], errorsInARow = 1, hasSent = false) =>
    targetObservations(targets, () => errorsInARow, 10, hasSent);

  it('default: one that fails is raised by itself, and one that does not is fine', () => {
    expect(observe([report(a, new Error('reverted')), report(b)])).toEqual([
      {
        check: 'pool-failing',
        pool: a,
        failing: true,
        severity: 'warning',
        message: 'reverted',
        data: { errorsInARow: 1, error: expect.any(Error) },
      },
      { check: 'pool-failing', pool: b, failing: false },
    ]);
  });

  it.each([
    [9, 'warning'],
    [10, 'critical'],
    [11, 'critical'],
  ])('behavior: after %i failures in a row it is %s', (count, severity) => {
    expect(observe([report(a, new Error('x'))], count)[0]).toMatchObject({ severity });
  });

  it.each([
    ['an empty wallet', new InsufficientFunds('the wallet holds nothing')],
    ['a cap that is too low', new FeeAboveCap('the base fee is above MAX_FEE_GWEI')],
  ])('behavior: %s is raised once, however many pools it keeps from being served', (_, error) => {
    expect(observe([report(a, error), report(b, error)])).toEqual([
      { check: 'cannot-send', failing: true, message: `${error.message} (2 of 2 pools)` },
    ]);
  });

  it('behavior: a transaction that the node refused for its own sake is its pool’s trouble', () => {
    const [observation] = observe([report(a, new BroadcastRefused('mint', 'exceeds block gas limit'))]);
    expect(observation).toMatchObject({ check: 'pool-failing', pool: a });
  });

  it('behavior: only a transaction that went out shows that the wallet can send again', () => {
    const resolved = { check: 'cannot-send', failing: false };
    expect(observe([report(a)])).not.toContainEqual(resolved);
    expect(observe([report(a)], 1, true)).toContainEqual(resolved);
  });
});

describe('stuckObservation', () => {
  const asIs = (variable: string) => variable;

  function tracked(changes: Partial<Tracked> = {}, attempts = 1): Tracked {
    const attempt = { hash: '0x12', raw: '0x', maxFeeWei: 1n, tipWei: 1n };
    const entry = { nonce: 7, label: 'mint', to: a, data: '0x', gasLimit: 1n };
    return {
      entry: { ...entry, attempts: Array.from({ length: attempts }, () => attempt) },
      ended: new Promise(() => undefined),
      blocksWaited: 0,
      atCap: false,
      refusal: undefined,
      ...changes,
    };
  }

  it('default: nothing in flight, or nothing that waits for long, is fine', () => {
    expect(stuckObservation([], asIs)).toEqual({ check: 'stuck-transaction', failing: false });
    expect(stuckObservation([tracked(), tracked({}, 2)], asIs).failing).toBe(false);
  });

  it.each([
    ['replaced more than once', tracked({}, 3), 'mint (nonce 7) is not mined; it was replaced 2 times'],
    ['at the cap', tracked({ atCap: true }), 'it already pays all that MAX_FEE_GWEI'],
    [
      'refused',
      tracked({ refusal: 'insufficient funds' }),
      'its replacement was refused: insufficient funds',
    ],
  ])('behavior: %s', (_, one, message) => {
    expect(stuckObservation([tracked(), one], asIs)).toMatchObject({
      failing: true,
      message: expect.stringContaining(message),
      data: { waiting: 2, hash: '0x12' },
    });
  });
});
