import { describe, expect, it } from '@jest/globals';
import { describeMoment, Progress } from './Progress.ts';
import type { Moment } from './runCampaign.ts';

const moment: Moment = {
  chainSeconds: 3_725,
  phase: 'running',
  faults: ['reorg (ethereum, 3)', 'kill (keeper)'],
  openAlerts: new Map([
    ['checkpoint', 0],
    ['keeper', undefined],
    ['invariant', 2],
  ]),
  pace: 9.96,
};

function outputOf(moments: readonly Moment[], isLive: boolean): string {
  let text = '';
  const out = { write: (part: string) => (text += part), columns: 60 } as unknown as NodeJS.WriteStream;
  const progress = new Progress(out, isLive, 10);
  for (const each of moments) progress.show(each);
  return text;
}

describe('the progress of a campaign', () => {
  it('default: chain time, pace, faults in force and open incidents', () => {
    expect(describeMoment(moment, 10)).toBe(
      '1:02:05 of 10:00:00 │ 10.0× │ running │ faults: reorg (ethereum, 3) + kill (keeper) │ open: keeper silent, invariant 2',
    );
    const calm = { ...moment, chainSeconds: -61, faults: [], openAlerts: new Map() };
    expect(describeMoment(calm, 1)).toBe('-0:01:01 of 1:00:00 │ 10.0× │ running │ no fault │ nothing open');
  });

  it('behavior: without a terminal, a line every five minutes of chain time and at each phase', () => {
    const at = (chainSeconds: number, phase: Moment['phase'] = 'running') => ({
      ...moment,
      chainSeconds,
      phase,
    });
    const lines = outputOf([at(0), at(60), at(300), at(310, 'calming down')], false)
      .trim()
      .split('\n');
    expect(lines.map(line => line.slice(0, 7))).toEqual(['0:00:00', '0:05:00', '0:05:10']);
  });

  it('behavior: on a terminal one line is written over, and fits', () => {
    const parts = outputOf([moment, moment], true).split('\r\u001b[K').slice(1);
    expect(parts.map(part => part.length)).toEqual([59, 59]);
  });
});
