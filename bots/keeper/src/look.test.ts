import { describe, expect, it } from '@jest/globals';
import { BotError } from '@service-bots/core/errors';
import { at, committed, poolState } from '../test/poolState.ts';
import { type KeeperPool, newPool } from './KeeperPool.ts';
import { instantOf, type LookedAt, lookAt, reportOn } from './look.ts';
import { Setbacks } from './Setbacks.ts';
import type { PoolState } from './snapshot.ts';

const eligibleAt = at('2026-11-25T12:55:00Z');

function poolWith(changes: Partial<KeeperPool> = {}): KeeperPool {
  const setbacks = new Setbacks(() => 400);
  const address = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
  return { ...newPool({ address, name: 'vault A', anchor: undefined, current: 7n, setbacks }), ...changes };
}

/** A moment so many seconds after the open round became committable, on all clocks. */
function moment(seconds: number, changes: Partial<LookedAt> = {}): LookedAt {
  const timestamp = eligibleAt + seconds;
  return {
    head: { number: 1_000, timestamp, hash: '0x', parentHash: '0x', baseFeeWei: undefined },
    nowMs: timestamp * 1000,
    monotonicMs: seconds * 1000,
    policy: { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 },
    overdueSeconds: 60,
    prepareMs: 1_500,
    ...changes,
  };
}
const head = (number: number) => ({ ...moment(-100).head, number });
const wanted = (pool: KeeperPool, state: PoolState, when: LookedAt) =>
  lookAt(pool, state, when).toDo.map(({ kind, round }) => `${kind} ${round}`);
const settleDue = poolState({ due: { round: 6n, action: 'settle' }, previous: committed(990) });

describe('a contract that asks for nothing while its round can be committed', () => {
  it('default: is believed until the commit is overdue and half a minute has passed, on either clock', () => {
    const pool = poolWith();
    const state = poolState();
    expect(wanted(pool, state, moment(1))).toEqual([]);
    expect(wanted(pool, state, moment(60))).toEqual([]);
    expect(wanted(pool, state, moment(61))).toEqual(['commit 7']);
    const seenLate = poolWith();
    expect(wanted(seenLate, state, moment(600))).toEqual([]);
    expect(wanted(seenLate, state, moment(629))).toEqual([]);
    expect(wanted(seenLate, state, moment(629, { monotonicMs: 630_000 }))).toEqual(['commit 7']);
  });

  it('behavior: is believed anew once it has asked for something', () => {
    const pool = poolWith();
    expect(wanted(pool, poolState(), moment(600))).toEqual([]);
    expect(wanted(pool, settleDue, moment(620))).toEqual(['settle 6', 'commit 7']);
    expect(wanted(pool, poolState(), moment(631))).toEqual([]);
  });
});

describe('an action that failed', () => {
  it('default: is held back by itself, and the pool reports when it is tried again', () => {
    const pool = poolWith();
    const when = moment(10);
    pool.setbacks.failed(
      { kind: 'settle', round: 6n },
      { kind: 'refused', reason: 'no', isPressing: true },
      instantOf(when),
    );
    const look = lookAt(pool, settleDue, when);
    expect(look.toDo.map(({ kind }) => kind)).toEqual(['commit']);
    expect(reportOn({ ...look, toDo: [] }, when, when.nowMs)).toMatchObject({
      actions: [],
      suspended: true,
      next: { what: 'settle round 6 again', clockTime: when.nowMs + 1_000 },
    });
    expect(wanted(pool, settleDue, moment(11))).toEqual(['settle 6', 'commit 7']);
  });

  it('behavior: tries an action that the contract calls too early again at the next block', () => {
    const tooEarly = { action: { kind: 'settle', round: 6n } as const, block: 1_000, times: 1 };
    const pool = poolWith({ tooEarly });
    expect(wanted(pool, settleDue, moment(-100))).toEqual([]);
    expect(wanted(pool, settleDue, moment(-100, { head: head(1_001) }))).toEqual(['settle 6']);
  });
});

describe('a state that was read before the keeper acted', () => {
  it('default: is outdated: an endpoint that lags behind the last transaction decides nothing', () => {
    const pool = poolWith({ acted: { block: 1_001, atMs: 0 } });
    const look = lookAt(pool, settleDue, moment(0));
    expect([look.toDo, look.state]).toEqual([[], undefined]);
    expect(reportOn(look, moment(0), 0)).toMatchObject({ suspended: true, next: { block: 1_001 } });
    expect(wanted(pool, settleDue, moment(-100, { head: head(1_001) }))).toEqual(['settle 6']);
  });

  it('behavior: a head that stays behind it is that of a chain without it', () => {
    const pool = poolWith({ acted: { block: 1_001, atMs: 0 } });
    expect(wanted(pool, settleDue, moment(-100, { monotonicMs: 2_999 }))).toEqual([]);
    expect(wanted(pool, settleDue, moment(-100, { monotonicMs: 3_000 }))).toEqual(['settle 6']);
  });

  it('behavior: an action in hand is waited for, and not begun again', () => {
    const action = lookAt(poolWith(), settleDue, moment(-100)).toDo[0];
    if (!action) throw new Error('there is no action');
    const inHand = { action, block: head(999), begunAtMs: 0, outcome: new Promise<never>(() => undefined) };
    const pool = poolWith({ inHand: new Map([['settle:6', inHand]]) });
    expect(wanted(pool, settleDue, moment(-100))).toEqual(['settle 6']);
    expect(wanted(pool, poolState(), moment(-100))).toEqual(['settle 6']);
  });
});

describe('views that cannot be read', () => {
  it('default: are counted by looks in a row', () => {
    const pool = poolWith();
    const unread = [{ view: 'getRoundInfo(6)', reason: 'no answer' }];
    for (const count of [1, 2]) {
      lookAt(pool, { ...poolState(), unread }, moment(0));
      expect(pool.unreadLooks).toBe(count);
    }
    lookAt(pool, poolState(), moment(0));
    expect(pool.unreadLooks).toBe(0);
  });
});

describe('a pool that could not be read', () => {
  it('default: is an error of its own', () => {
    const error = new BotError('it could not be read');
    expect(reportOn(lookAt(poolWith(), error, moment(0)), moment(0), 0)).toMatchObject({
      error,
      actions: [],
    });
    expect(lookAt(poolWith(), undefined, moment(0)).error).toBeInstanceOf(BotError);
  });
});
