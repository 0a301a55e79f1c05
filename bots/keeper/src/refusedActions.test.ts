import { describe, expect, it } from '@jest/globals';
import { at } from '../test/poolState.ts';
import { drawDeadline } from './deadline.ts';
import type { Action } from './decide.ts';
import { type RefusedPool, refusedActions } from './refusedActions.ts';
import { type SetbackKind, Setbacks } from './Setbacks.ts';

const address = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const time = at('2026-11-25T13:00:00Z');
const nothingSpecial = { markFailed: false, notBeforeMs: undefined, firstBlock: undefined, plan: undefined };
const settle: Action = { ...nothingSpecial, kind: 'settle', round: 6n, deadline: drawDeadline(990) };
const lead = { from: time, until: time + 300 };
const commit: Action = { ...nothingSpecial, kind: 'commit', round: 7n, deadline: lead };
const calm: Action = { ...commit, deadline: undefined };

/** Returns the alert of a pool with these actions, `seconds` after the first failure of the failed ones. */
function alertOn(
  actions: readonly Action[],
  failures: readonly (readonly [Action, SetbackKind])[],
  seconds = 0,
  changes: Partial<RefusedPool> = {},
) {
  const setbacks = new Setbacks(() => 400);
  const start = { monotonicMs: 0, chainTime: time };
  for (const [action, kind] of failures)
    setbacks.failed(
      action,
      {
        kind,
        reason: `${action.kind} round ${action.round} would revert: no`,
        isPressing: action.deadline !== undefined,
      },
      start,
    );
  const head = { number: 1_000, timestamp: time + seconds };
  const now = { monotonicMs: seconds * 1000, chainTime: time + seconds };
  const moment = { head, nowMs: (time + seconds) * 1000 };
  const pool = { address, name: 'vault A', setbacks, actions, rehearsal: undefined, moment, now, ...changes };
  return refusedActions(pool) as { failing: boolean; severity?: string; message?: string };
}

describe('the alert about actions that do not succeed', () => {
  it('default: raises nothing without a failed action, and does not count an unsent action as refused by the contract', () => {
    expect(alertOn([settle, commit], [])).toEqual({ check: 'quarantined', pool: address, failing: false });
    expect(alertOn([settle], [[settle, 'retry']]).failing).toBe(false);
    expect(alertOn([], [[settle, 'refused']]).failing).toBe(false);
  });

  it('behavior: names the reason, the deadline and the command by hand', () => {
    expect(alertOn([settle], [[settle, 'refused']], 5).message).toBe(
      `settle round 6 would revert: no (1 try within 5 s, nothing was sent); the draw is lost, and the round has no winner, after block 1245, 245 blocks from now; tried again now; by hand: cast send ${address} "settle(uint256)" 6 --rpc-url "$RPC_URL" --interactive`,
    );
    expect(alertOn([commit], [[commit, 'refused']], 20).message).toContain(
      'unless it is mined by 2026-11-25T13:05:00Z, 4 min 40 s from now',
    );
  });

  it.each([
    ['a draw at first', settle, 'refused', 4, 'error'],
    ['a draw for five seconds', settle, 'refused', 5, 'critical'],
    ['a commit at first', commit, 'refused', 14, 'error'],
    ['a commit for fifteen seconds of its lead', commit, 'refused', 15, 'critical'],
    ['a commit after its lead', commit, 'refused', 301, 'error'],
    ['a commit without a deadline', calm, 'refused', 86_400, 'error'],
    ['a commit that reverted inside its lead', commit, 'reverted', 0, 'critical'],
    ['a commit that reverted outside of one', calm, 'reverted', 0, 'error'],
    ['a commit that changed nothing once', calm, 'unchanged', 0, 'error'],
    ['a draw that changed nothing once', settle, 'unchanged', 0, 'error'],
  ] as const)('behavior: %s', (_, action, kind, seconds, severity) => {
    expect(alertOn([action], [[action, kind]], seconds)).toMatchObject({ failing: true, severity });
  });

  it.each(['reverted', 'unchanged'] as const)(
    'behavior: an action that was paid for twice is critical (%s)',
    kind => {
      const failures = [calm, calm].map(action => [action, kind] as const);
      expect(alertOn([calm], failures)).toMatchObject({ severity: 'critical' });
      expect(alertOn([calm], failures).message).toContain('2 transactions paid for');
    },
  );

  it('behavior: names every action of the pool that fails, and the others that do not wait for it', () => {
    const both = alertOn(
      [settle, commit],
      [
        [settle, 'refused'],
        [commit, 'refused'],
      ],
    );
    expect(both.message).toMatch(/settle round 6 would revert: no .*; commit round 7 would revert: no /);
    const one = alertOn([settle, commit], [[settle, 'refused']]);
    expect(one.message).toMatch(/^settle round 6 .*; commit round 7 does not wait for it$/);
  });

  it('behavior: a commit that would be refused at its anchor is named beforehand', () => {
    const plan = { fireAt: time + 200, shiftSeconds: 0, missed: undefined };
    const rehearsal = { action: { ...commit, plan }, refusal: 'commit round 7 would revert: no' };
    expect(alertOn([], [], 0, { rehearsal })).toMatchObject({
      failing: true,
      severity: 'error',
      message: expect.stringContaining(
        'is likely to be refused at its anchor 2026-11-25T13:03:20Z: commit round 7 would revert: no',
      ),
    });
  });
});
