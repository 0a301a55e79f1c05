import { describe, expect, it } from '@jest/globals';
import { noon, poolOf, units } from '../../test/view.ts';
import { checkNames } from '../checks/index.ts';
import { silenced } from './discover.ts';

const nowMs = noon * 1000;
const pool = (settings: object) => poolOf({ settings: { ...poolOf().settings, ...settings } });

describe('alerts that operators have silenced', () => {
  it('default: ends low headroom of every check, since no warning level is set', () => {
    expect(silenced(pool({}), true, nowMs)).toEqual(
      checkNames.map(subject => ({
        check: 'low-headroom',
        subject,
        pool: poolOf().address,
        failing: false,
        ended: 'there is no warning level for it any more',
      })),
    );
  });

  it('a check that is muted, its headroom too; not once the mute has expired', () => {
    const warnBelow = Object.fromEntries(checkNames.map(check => [check, units(0.05)]));
    const mutes = [
      { check: 'eth-balance', until: nowMs + 1, reason: 'refund agreed on' },
      { check: 'solvency', until: nowMs - 1, reason: 'was known' },
    ];
    const ended = 'muted until 2026-11-21T12:00:00.001Z: refund agreed on';
    const about = { pool: poolOf().address, failing: false, ended };
    expect(silenced(pool({ warnBelow, mutes }), true, nowMs)).toEqual([
      { check: 'eth-balance', ...about },
      { check: 'low-headroom', subject: 'eth-balance', ...about },
    ]);
  });

  it('that a pool could not be paused, or cannot be, where none is paused any more', () => {
    const warnBelow = Object.fromEntries(checkNames.map(check => [check, units(0.05)]));
    const ended = 'this bot pauses no pools any more';
    expect(silenced(pool({ warnBelow }), false, nowMs)).toEqual([
      { check: 'pause-failed', pool: poolOf().address, failing: false, ended },
      { check: 'cannot-pause', pool: poolOf().address, failing: false, ended },
    ]);
  });
});
