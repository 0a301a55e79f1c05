import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PrizePool } from '../history/index.ts';
import type { MinedTransaction } from './ChainReader.ts';
import { maturedBonds, type PositionChange } from './checkpoints.ts';
import { summarize } from './delays.ts';
import { type PoolState, violations } from './poolStates.ts';
import { judgeStatement } from './profit.ts';
import { commitDue, nextAnchor } from './rounds.ts';
import { judgeSecrets } from './secrets.ts';
import { judgeGas, judgeNonces, judgePolicy, judgeRepetition, type WalletRecord } from './transactions.ts';

const address = (digit: string) => `0x${digit.repeat(40)}`;
const one = 10n ** 18n;

describe('matured checkpoints', () => {
  it('hold the bonds that were open when they matured, and no others', () => {
    const change: fc.Arbitrary<PositionChange> = fc.record({
      maturity: fc.integer({ min: 1, max: 6 }).map(each => each * 60),
      bonds: fc.bigInt({ min: 1n, max: 9n }),
      timestamp: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.nat(400), (changes, now) => {
        const matured = new Map(maturedBonds(changes, now).map(({ time, bonds }) => [time, bonds]));
        for (let time = 60; time <= 360; time += 60) {
          let bonds = 0n;
          for (const each of changes)
            if (each.maturity === time && each.timestamp < time) bonds += each.bonds;
          expect(matured.get(time) ?? 0n).toBe(time <= now ? bonds : 0n);
        }
      }),
    );
  });

  it('leave out a position that was closed before, and keep one that was redeemed after', () => {
    const opened = { maturity: 60, bonds: 5n, timestamp: 1 };
    expect(maturedBonds([opened, { ...opened, bonds: -5n, timestamp: 59 }], 100)).toEqual([]);
    const redeemed = [opened, { ...opened, bonds: -5n, timestamp: 60 }];
    expect(maturedBonds(redeemed, 100)).toEqual([{ time: 60, bonds: 5n }]);
  });
});

describe('anchors', () => {
  const anchor = { weekday: 3, hour: 13, minute: 0 };
  const pool: PrizePool = {
    type: 'pool',
    atMs: 1,
    kind: 'prize',
    chain: 'monad',
    address: address('1'),
    name: 'weekly',
    anchor,
    lateCommit: 'fire',
    leadSeconds: 300,
    holdLimitSeconds: 3_600,
  };
  const wednesday = Date.UTC(2026, 11, 2, 13) / 1_000;

  it('are the first at or after a time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), from => {
        const next = nextAnchor(anchor, from);
        const at = new Date(next * 1_000);
        expect([at.getUTCDay(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]).toEqual([
          3, 13, 0, 0,
        ]);
        expect(next - from).toBeGreaterThanOrEqual(0);
        expect(next - from).toBeLessThan(604_800);
      }),
    );
  });

  it.each([
    ['five minutes before', -300, 'fire', 0],
    ['an hour before', -3_600, 'fire', 0],
    ['more than the hold limit before', -3_601, 'fire', -3_601],
    ['after its anchor', 1, 'fire', 1],
    ['after its anchor, held', 1, 'hold', 604_800],
  ] as const)('a round that is committable %s is due accordingly', (_, eligible, lateCommit, due) => {
    expect(commitDue({ ...pool, lateCommit }, wednesday + eligible).due).toBe(wednesday + due);
  });

  it('a pool without one is due as soon as it can be', () => {
    const { anchor: _, ...free } = pool;
    expect(commitDue(free, 17)).toEqual({ due: 17, isAnchored: false });
  });
});

describe('transactions', () => {
  const wallet: WalletRecord = {
    type: 'wallet',
    atMs: 1,
    chain: 'ethereum',
    bot: 'lpandarb',
    address: address('a'),
    calls: [
      { to: address('b'), selector: '0x414f826d' },
      { to: address('c'), selector: '0x095ea7b3', spender: address('b') },
    ],
    maxGas: 1_000,
    maxFeeWei: '100',
    maxPriorityFeeWei: '10',
    gasPerHour: 1_000,
    gasPerDay: 5_000,
    lowBalanceWei: '1',
  };
  const transaction: MinedTransaction = {
    hash: '0x01',
    from: wallet.address,
    to: address('b'),
    nonce: 0,
    block: { number: 1, timestamp: 1_000 },
    index: 0,
    type: 2,
    input: `0x414f826d${'0'.repeat(128)}`,
    valueWei: 0n,
    gasLimit: 1_000n,
    maxFeeWei: 100n,
    maxPriorityFeeWei: 10n,
    hasSucceeded: true,
    feeWei: 1n,
    gasUsed: 900n,
  };
  const approval = (spender: string) => `0x095ea7b3${spender.slice(2).padStart(64, '0')}${'f'.repeat(64)}`;

  it('at the edge of the policy are allowed', () => {
    expect(judgePolicy(transaction, wallet)).toEqual([]);
    expect(judgePolicy({ ...transaction, to: address('c'), input: approval(address('b')) }, wallet)).toEqual(
      [],
    );
  });

  it.each<[string, Partial<MinedTransaction>]>([
    ['another contract', { to: address('d') }],
    ['a new contract', { to: null }],
    ['another function', { input: '0xffffffff' }],
    ['value', { valueWei: 1n }],
    ['too much gas', { gasLimit: 1_001n }],
    ['too high a fee', { maxFeeWei: 101n }],
    ['too high a tip', { maxPriorityFeeWei: 11n }],
    ['a delegation', { type: 4 }],
    ['an approval of another spender', { to: address('c'), input: approval(address('d')) }],
  ])('with %s are outside of it', (_, changed) => {
    expect(judgePolicy({ ...transaction, ...changed }, wallet)).toMatchObject([{ rule: 'policy' }]);
  });

  it('use no more gas than any window of an hour and of a day has', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.bigInt({ min: 0n, max: 1_200n })),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(steps, drawn => {
        let timestamp = 0;
        const own = drawn.map(([pause, gasUsed]) => {
          timestamp += pause;
          return { ...transaction, gasUsed, block: { number: 1, timestamp } };
        });
        const isOver = (length: number, limit: bigint) =>
          own.some(({ block }) => {
            const within = own.filter(
              each =>
                each.block.timestamp <= block.timestamp && each.block.timestamp > block.timestamp - length,
            );
            return within.reduce((sum, { gasUsed }) => sum + gasUsed, 0n) > limit;
          });
        const expected = Number(isOver(3_600, 1_000n)) + Number(isOver(86_400, 5_000n));
        expect(judgeGas(own, wallet)).toHaveLength(expected);
      }),
    );
  });

  it('are not repeated once they took effect, whatever their other arguments', () => {
    const again = { ...transaction, nonce: 1, input: `${transaction.input.slice(0, 74)}${'1'.repeat(64)}` };
    expect(judgeRepetition([transaction, again], wallet)).toMatchObject([{ rule: 'transaction' }]);
    expect(judgeRepetition([{ ...transaction, hasSucceeded: false }, again], wallet)).toEqual([]);
  });

  it('leave no nonce out, mined or waiting', () => {
    expect(judgeNonces([transaction], [1, 2], wallet)).toEqual([]);
    expect(judgeNonces([transaction], [2], wallet)).toMatchObject([
      { what: expect.stringContaining('nonce 1 is missing') },
    ]);
  });
});

describe('pools', () => {
  const state: PoolState = {
    block: { number: 1, timestamp: 1 },
    vaultSharePrice: 2n * one,
    shareReserves: 1_000n * one,
    shortsOutstanding: 100n * one,
    longExposure: 200n * one,
    withdrawalSharesProceeds: 1n * one,
    zombieShareReserves: 2n * one,
    governanceFees: 3n * one,
    // z + (s + s·0.1 %)/c + fees + proceeds + zombies
    totalShares: 1_056_050_000_000_000_000_000n,
    isPaused: false,
  };
  const constants = { decimals: 18, minimumShareReserves: 10n * one, flatFee: one / 1_000n };

  it.each<[string, Partial<PoolState>, string[]]>([
    ['that hold what they owe', {}, []],
    ['whose shares are short by the tolerance', { totalShares: state.totalShares - 10n ** 9n }, []],
    ['whose shares are short by more', { totalShares: state.totalShares - 10n ** 9n - 1n }, ['total-shares']],
    ['that can just pay all longs', { longExposure: 1_980n * one }, []],
    ['that cannot pay all longs', { longExposure: 1_980n * one + 2n }, ['solvency']],
    [
      'without their minimum',
      { shareReserves: 10n * one - 1n, longExposure: 0n },
      ['minimum-share-reserves', 'solvency'],
    ],
    ['without a price', { vaultSharePrice: 0n }, ['vault-answers']],
  ])('%s violate what the documents say', (_, changed, failed) => {
    expect(violations({ ...state, ...changed }, constants)).toEqual(failed);
  });
});

describe('statements, secrets and delays', () => {
  const statement = {
    type: 'statement',
    atMs: 1,
    bot: 'lpandarb',
    pool: address('b'),
    block: 9,
    gasWei: '7',
  } as const;
  const books = { basePaid: 100n, baseReceived: 130n, closing: 0n, gasWei: 7n };

  it('a profit without open positions equals the wallet to the wei', () => {
    expect(judgeStatement({ ...statement, profit: '30' }, books)).toEqual([]);
    expect(judgeStatement({ ...statement, profit: '31' }, books)).toMatchObject([{ rule: 'profit' }]);
    expect(judgeStatement({ ...statement, profit: '30', gasWei: '6' }, books)).toMatchObject([
      { rule: 'profit' },
    ]);
  });

  it.each(['hex', 'base64', 'base64url'] as const)(
    'a key is found in %s, and the finding does not repeat it',
    encoding => {
      const value = `0x${'1f2e3d4c'.repeat(8)}`;
      const text = `before ${Buffer.from(value.slice(2), 'hex').toString(encoding)} after`;
      const findings = judgeSecrets([{ where: 'log', text }], [{ name: 'key', value }]);
      expect(findings).toMatchObject([
        { rule: 'secret', where: 'log', evidence: { at: 7, before: 'before ' } },
      ]);
    },
  );

  it('percentiles are measured values', () => {
    const values = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(summarize(values)).toEqual({ count: 200, medianMs: 100, p99Ms: 198, worstMs: 200 });
    expect(summarize([])).toEqual({ count: 0, medianMs: 0, p99Ms: 0, worstMs: 0 });
  });
});
