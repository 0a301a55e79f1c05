import { describe, expect, it } from '@jest/globals';
import { failing, fine, hour, minute, story, time } from '../../../test/support/story.ts';
import type { Acknowledgement } from '../model/alert.ts';

describe('what a person decides', () => {
  const ack: Acknowledgement = { kind: 'ack', by: 'ann', why: 'on it', at: 30 * minute, severity: 'warning' };
  const mute: Acknowledgement = { ...ack, kind: 'mute', until: 4 * hour };

  it('ack: is told once; no reminders; who took care is told with the end', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 30 * hour, failing('warning'), { decision: ack });
    told.every(30 * hour, 31 * hour, fine, { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@30.08']);
    expect(told.told.at(-1)?.decision).toEqual(ack);
  });

  it('ack: who heard how bad it was hears of it, though it is less bad by now', () => {
    const calm = { decision: { ...ack, at: 2 * hour } };
    const told = story().at(0, failing('critical'));
    told.every(5 * minute, 50 * minute, failing('warning')).at(2 * hour, time, calm);
    expect(told.told.at(-1)).toMatchObject({
      occasion: 'acknowledged',
      alert: { severity: 'critical' },
      decision: { by: 'ann' },
    });
  });

  it('ack: worse is told all the same, and reminded of', () => {
    const told = story().at(0, failing('warning')).at(hour, failing('error'), { decision: ack });
    told.every(hour, 3 * hour, failing('error'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'escalated@1', 'lasting@2']);
  });

  it('ack: does not hold for the next time', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: ack });
    told.every(3 * hour, 4 * hour, failing('warning'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08', 'opened@3', 'lasting@4']);
  });

  it('mute: nothing until it expires, and then what is due', () => {
    const told = story().every(0, 6 * hour, failing('warning'), { decision: mute });
    expect(told.summary).toEqual(['opened@4', 'lasting@5']);
  });

  it('mute: what began and ended under it is never told', () => {
    const told = story().every(0, hour, failing('warning'), { decision: mute });
    expect(told.every(hour, 5 * hour, fine, { decision: mute }).summary).toEqual([]);
  });

  it('mute: the end of what had been told is told', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08']);
  });

  it('mute: gives way to what has become critical since, to nothing less', () => {
    const told = story().at(0, failing('warning'));
    told.every(hour, 2 * hour, failing('error'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1']);
    told.every(2 * hour, 3 * hour, failing('critical'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'escalated@2', 'lasting@3']);
  });

  it('mute: of something critical is silent', () => {
    const decision: Acknowledgement = { ...mute, severity: 'critical' };
    expect(story().every(hour, 3 * hour, failing('critical'), { decision }).summary).toEqual([]);
  });
});
