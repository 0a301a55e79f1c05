import { describe, expect, it } from '@jest/globals';
import { at } from '../test/poolState.ts';
import { commitTiming } from './actionReport.ts';
import { planCommit } from './commitPlan.ts';

const wednesday = { weekday: 3, hour: 13, minute: 0 };
const anchor = at('2026-11-25T13:00:00Z');
const week = 7 * 86_400;

/** Returns the text about a commit that is decided at `now`. */
function timing(lateCommit: 'fire' | 'hold', now: number, eligibleAt = anchor - 300) {
  const policy = { lateCommit, holdLimitSeconds: 3_600, leadSeconds: 300 };
  return commitTiming(wednesday, planCommit(wednesday, { eligibleAt, now, policy }));
}

describe.each(['fire', 'hold'] as const)('commitTiming, with %s', lateCommit => {
  it.each([-1.5, 0, 5])('default: a commit %s s after its anchor counts as at its anchor', seconds => {
    expect(timing(lateCommit, anchor + seconds)).toBe('at its anchor Wed 13:00 UTC');
  });

  it('behavior: a little late heals', () => {
    expect(timing(lateCommit, anchor + 120)).toBe(
      '2 min after its anchor Wed 13:00 UTC, which heals by itself,',
    );
  });
});

describe('commitTiming', () => {
  it('behavior: fired too late it has shifted the schedule', () => {
    expect(timing('fire', anchor + 1_200)).toBe(
      '20 min after its anchor Wed 13:00 UTC, by which the schedule has shifted,',
    );
  });

  it('behavior: held for the next anchor it has not', () => {
    expect(timing('hold', anchor + week - 1.5)).toBe(
      'at its anchor Wed 13:00 UTC, 7 d after the one that it missed,',
    );
  });

  it('behavior: fired between anchors, because it could not be before, it is off its schedule', () => {
    expect(timing('fire', anchor + 900, anchor + 900)).toBe('off its schedule');
  });

  it('behavior: the commit that restores the schedule is at its anchor', () => {
    expect(timing('hold', anchor + week - 1.5, anchor + 900)).toBe('at its anchor Wed 13:00 UTC');
  });
});
