import { describe, expect, it } from '@jest/globals';
import { failing, fine, hour, minute, story, time } from '../../../test/support/story.ts';
import type { Acknowledgement } from '../model/alert.ts';

describe('acknowledgements and mutes', () => {
  const ack: Acknowledgement = { kind: 'ack', by: 'ann', why: 'on it', at: 30 * minute, severity: 'warning' };
  const mute: Acknowledgement = { ...ack, kind: 'mute', until: 4 * hour };

  it('ack: is reported once, stops reminders, and is named at the end', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 30 * hour, failing('warning'), { decision: ack });
    told.every(30 * hour, 31 * hour, fine, { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@30.08']);
    expect(told.told.at(-1)?.decision).toEqual(ack);
  });

  it('ack: is reported to the recipients of the worst severity', () => {
    const calm = { decision: { ...ack, at: 2 * hour } };
    const told = story().at(0, failing('critical'));
    told.every(5 * minute, 50 * minute, failing('warning')).at(2 * hour, time, calm);
    expect(told.told.at(-1)).toMatchObject({
      occasion: 'acknowledged',
      alert: { severity: 'critical' },
      decision: { by: 'ann' },
    });
  });

  it('ack: does not cover a worse severity, nor its reminders', () => {
    const told = story().at(0, failing('warning')).at(hour, failing('error'), { decision: ack });
    told.every(hour, 3 * hour, failing('error'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'escalated@1', 'lasting@2']);
  });

  it('ack: does not cover the next alert', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: ack });
    told.every(3 * hour, 4 * hour, failing('warning'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08', 'opened@3', 'lasting@4']);
  });

  it('mute: suppresses notices until it expires, then sends the due one', () => {
    const told = story().every(0, 6 * hour, failing('warning'), { decision: mute });
    expect(told.summary).toEqual(['opened@4', 'lasting@5']);
  });

  it('mute: hides an alert that begins and ends under it', () => {
    const told = story().every(0, hour, failing('warning'), { decision: mute });
    expect(told.every(hour, 5 * hour, fine, { decision: mute }).summary).toEqual([]);
  });

  it('mute: does not hide the end of a reported alert', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08']);
  });

  it('mute: ends early only when the alert becomes critical', () => {
    const told = story().at(0, failing('warning'));
    told.every(hour, 2 * hour, failing('error'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1']);
    told.every(2 * hour, 3 * hour, failing('critical'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'escalated@2', 'lasting@3']);
  });

  it('mute: covers an alert that is critical already', () => {
    const decision: Acknowledgement = { ...mute, severity: 'critical' };
    expect(story().every(hour, 3 * hour, failing('critical'), { decision }).summary).toEqual([]);
  });
});
