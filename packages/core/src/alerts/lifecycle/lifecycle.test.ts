import { describe, expect, it } from '@jest/globals';
import { failing, fine, hour, minute, story, time } from '../../../test/support/story.ts';
import { rulesWith } from '../model/rules.ts';

describe('step', () => {
  it('default: reports 48 hours at 0, 1, 5 and 29 hours, and once at the end, with duration and count', () => {
    const told = story()
      .every(0, 48 * hour, failing())
      .every(48 * hour + minute, 49 * hour, fine);
    expect(told.summary).toEqual(['opened@0', 'lasting@1', 'lasting@5', 'lasting@29', 'resolved@48.1']);
    expect(told.told.at(-1)?.alert).toMatchObject({ since: 0, count: 48 * 60 + 1 });
    expect(told.told[0]?.alert.data).toEqual({ block: 7 });
  });

  it('behavior: resolves after two rounds and five minutes without the finding', () => {
    const slow = story()
      .at(0, failing())
      .at(minute, fine)
      .at(10 * minute, time);
    expect(slow.summary).toEqual(['opened@0']);
    expect(slow.at(11 * minute, fine).summary.at(-1)).toBe('resolved@0.18');
    const quick = story()
      .at(0, failing())
      .at(1, fine)
      .at(2, fine)
      .at(4 * minute, fine);
    expect(quick.summary).toEqual(['opened@0']);
    expect(quick.at(5 * minute + 1, time).summary.at(-1)).toBe('resolved@0.08');
  });

  it('behavior: stays open when the finding comes back in between', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 5 * minute, fine)
      .at(6 * minute, failing());
    expect(told.every(7 * minute, 11 * minute, fine).summary).toEqual(['opened@0']);
  });

  it('behavior: stays open with reminders while the check does not run', () => {
    const told = story()
      .at(0, failing())
      .at(minute, fine)
      .at(2 * minute, failing());
    expect(told.every(3 * minute, 6 * hour, time).summary).toEqual(['opened@0', 'lasting@1', 'lasting@5']);
  });

  it('behavior: reports a worse severity at once, and restarts the reminders', () => {
    const told = story()
      .every(0, 2 * hour, failing('warning'))
      .every(2 * hour + minute, 4 * hour, failing('critical'));
    expect(told.summary).toEqual(['opened@0', 'lasting@1', 'escalated@2.02', 'lasting@3.02']);
    expect(told.told[2]?.alert).toMatchObject({ severity: 'critical', since: 0 });
  });

  it('behavior: reports no improvement, and no rise when the severity changes every round', () => {
    const told = story().at(0, failing('critical'));
    for (let i = 1; i < 60; i += 1) told.at(i * minute, failing(i % 2 ? 'warning' : 'critical'));
    expect(told.summary).toEqual(['opened@0']);
  });

  it('behavior: reports a rise after a lasting improvement', () => {
    const told = story()
      .at(0, failing('critical'))
      .every(minute, 7 * minute, failing('warning'));
    expect(told.at(8 * minute, failing('critical')).summary).toEqual(['opened@0', 'escalated@0.13']);
  });

  it('behavior: raises a new alert when the finding comes back after the end', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 6 * minute, fine)
      .at(7 * minute, failing());
    expect(told.told.map(({ occasion }) => occasion)).toEqual(['opened', 'resolved', 'opened']);
    expect(told.told.at(-1)?.alert).toMatchObject({ since: 7 * minute, count: 1 });
  });

  it('behavior: reports three beginnings within an hour as one flapping alert, resolved after a quiet hour', () => {
    const told = story();
    for (let i = 0; i < 6; i += 1)
      told.at(i * 10 * minute, failing()).every((i * 10 + 1) * minute, (i * 10 + 9) * minute, fine);
    expect(told.told.map(({ occasion }) => occasion)).toEqual([
      'opened',
      'resolved',
      'opened',
      'resolved',
      'flapping',
    ]);
    told.every(hour, 2 * hour, fine);
    expect(told.summary.at(-1)).toBe('resolved@1.85');
    // The hour is over: the next alert is an ordinary one.
    expect(told.at(3 * hour, failing()).summary.at(-1)).toBe('opened@3');
  });

  it('behavior: stores nothing about an alert that ended an hour ago', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 6 * minute, fine);
    expect(told.condition).toBeDefined();
    expect(told.at(hour, time).condition).toBeUndefined();
  });

  it('behavior: resolves at once, with the reason, when no check will observe the finding again', () => {
    const told = story().at(0, failing()).at(1, { kind: 'ended', why: 'the pool is gone' });
    expect(told.told.at(-1)).toMatchObject({ occasion: 'resolved', ending: 'the pool is gone' });
  });

  it('behavior: resolves an alert about events after the quiet hours', () => {
    const about = { quietMs: 24 * hour };
    const told = story()
      .at(0, failing(), about)
      .at(3 * hour, failing(), about)
      .every(4 * hour, 26 * hour, time, about);
    expect(told.summary.at(-1)).toBe('lasting@7');
    told.at(27 * hour, time, about);
    expect(told.told.at(-1)).toMatchObject({
      occasion: 'resolved',
      ending: 'it has not happened again for 24 h',
    });
  });

  it('behavior: delays neither reminders nor the end when the clock is set back', () => {
    const told = story()
      .every(10 * hour, 11 * hour, failing())
      .every(0, 4 * hour, failing());
    expect(told.summary).toEqual(['opened@10', 'lasting@11', 'lasting@4']);
    told.at(30 * hour, fine).every(5 * hour, 6 * hour, fine);
    expect(told.summary.at(-1)).toBe('resolved@5.08');
  });

  it('behavior: resolves after two rounds when no time is configured', () => {
    const told = story(rulesWith(0)).at(0, failing()).at(1, fine);
    expect(told.summary).toEqual(['opened@0']);
    expect(told.at(1, fine).told.at(-1)?.occasion).toBe('resolved');
  });
});
