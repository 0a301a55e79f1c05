import { describe, expect, it } from '@jest/globals';
import {
  BroadcastRefused,
  FeeAboveCap,
  GasBudgetExceeded,
  InsufficientFunds,
  PriceSpike,
  type Tracked,
} from '../../wallet/index.ts';
import type { TargetReport } from '../bot.ts';
import {
  foreignUseObservation,
  gasBudgetObservation,
  stuckObservation,
  targetObservations,
} from './observations.ts';

const [a, b] = [`0x${'aa'.repeat(20)}`, `0x${'bb'.repeat(20)}`];
const report = (address: string, error?: unknown, hash?: string): TargetReport => ({
  address,
  actions: hash ? [{ what: 'minted', hash }] : [],
  error,
});

describe('targetObservations', () => {
  const observe = (targets: TargetReport[], errorsInARow = 1, hasSent = false) =>
    targetObservations(targets, { errorsInARow: () => errorsInARow, errorsUntilCritical: 10, hasSent });

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

  it('behavior: pools that fail with others name the cause that they share', () => {
    const targets = [report(a, new Error('reverted')), report(b, new Error('x'))];
    const found = targetObservations(targets, {
      errorsInARow: () => 1,
      errorsUntilCritical: 10,
      hasSent: false,
      causes: new Map([[a, 'the same error']]),
    });
    expect(found.map(observation => observation.cause)).toEqual(['the same error', undefined]);
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

  it('behavior: a wait for a lower price is a warning, unless another pool has graver trouble', () => {
    const dear = new PriceSpike('commit round 1 waits for a lower price');
    const poor = new InsufficientFunds('the wallet holds nothing');
    const check = 'cannot-send';
    expect(observe([report(a, dear)])).toEqual([
      { check, failing: true, severity: 'warning', message: `${dear.message} (1 of 1 pools)` },
    ]);
    expect(observe([report(a, dear), report(b, poor)])).toEqual([
      { check, failing: true, message: `${poor.message} (2 of 2 pools)` },
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
      released: new Promise(() => undefined),
      isAccepted: true,
      isWanted: undefined,
      patienceMs: undefined,
      blocksWaited: 0,
      isUnderWay: false,
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

describe('gasBudgetObservation', () => {
  const state = { limits: { perHour: 100n, perDay: 500n }, usedHour: 90n, usedDay: 90n, shortage: undefined };
  const shortage = {
    label: 'settle round 7',
    gasLimit: 20n,
    window: 'hour',
    usedGas: 90n,
    limitGas: 100n,
    usesReserve: false,
  } as const;
  const asTheKeeperSays = (variable: string) => `KEEPER_${variable}`;

  it('default: nothing is wrong while every call fits', () => {
    expect(gasBudgetObservation(state, asTheKeeperSays)).toEqual({ check: 'gas-budget', failing: false });
  });

  it('behavior: says what did not fit, how much is used, what it means and which variable to raise', () => {
    const observation = gasBudgetObservation({ ...state, shortage }, asTheKeeperSays);
    expect(observation).toMatchObject({ check: 'gas-budget', failing: true });
    for (const words of [
      'settle round 7 may use 20 gas',
      'of the 100 for the last hour 90',
      'KEEPER_GAS_PER_HOUR',
    ])
      expect((observation as { message: string }).message).toContain(words);
  });

  it('behavior: a call that may not use the reserve says that the rest is kept', () => {
    const limits = { ...state.limits, reservedPercent: 50n };
    const messageOf = (usesReserve: boolean) =>
      (
        gasBudgetObservation(
          { ...state, limits, shortage: { ...shortage, usesReserve } },
          asTheKeeperSays,
        ) as { message: string }
      ).message;
    expect(messageOf(false)).toContain('the other 50 % are kept for calls that cannot wait');
    expect(messageOf(true)).not.toContain('%');
  });

  it('behavior: a pool whose action does not fit is not raised beside it, nor is the signer', () => {
    const error = new GasBudgetExceeded('settle is not sent');
    expect(
      targetObservations([{ ...report(a), error }], {
        errorsInARow: () => 1,
        errorsUntilCritical: 3,
        hasSent: false,
      }),
    ).toEqual([]);
  });
});

describe('foreignUseObservation', () => {
  it.each([
    [{ nonces: [4] }, '(nonce 4)'],
    [{ nonces: [4, 5, 7] }, '(nonces 4 to 7)'],
    [{ nonces: [4], usedBy: '0xabc' }, '(nonce 4, transaction 0xabc)'],
  ])('%j: says which wallet, which nonces, and what to do', (use, which) => {
    expect(foreignUseObservation({ address: a, ...use })).toMatchObject({
      check: 'foreign-transactions',
      failing: true,
      message: expect.stringContaining(`wallet ${a} sent a transaction that this bot did not send ${which}`),
    });
  });
});
