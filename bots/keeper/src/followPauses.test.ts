import { describe, expect, it } from '@jest/globals';
import { at } from '../test/poolState.ts';
import { followPauses, type Pause, type PauseEvent } from './followPauses.ts';

const pool = `0x${'11'.repeat(20)}`;
const other = `0x${'22'.repeat(20)}`;
const start = at('2026-11-25T13:00:00Z');
const event = (kind: PauseEvent['kind'], block: number, which = pool): PauseEvent => ({
  kind,
  pool: which,
  name: 'the pool',
  hash: `0x${block}`,
  block,
  time: start + block * 60,
});
const begun = (block: number, isTold = false): Pause => ({
  pool,
  block,
  time: start + block * 60,
  isTold,
});
const unseen = () => undefined;

describe('followPauses', () => {
  it('default: reports an unseen pause with its blocks and its length', () => {
    expect(followPauses([], [event('Paused', 10), event('Unpaused', 90)], unseen)).toEqual({
      pauses: [],
      missed: [
        {
          pool,
          hash: '0x90',
          block: 90,
          time: start + 5_400,
          message:
            'the pool: it was paused from block 10 (2026-11-25T13:10:00Z) to block 90 (2026-11-25T14:30:00Z), for 1 h 20 min: no tickets could be bought meanwhile; rounds were still committed and settled',
        },
      ],
    });
  });

  it('behavior: keeps a lasting pause until its end is found', () => {
    const { pauses, missed } = followPauses([], [event('Paused', 10)], unseen);
    expect([pauses, missed]).toEqual([[begun(10)], []]);
    expect(followPauses(pauses, [event('Unpaused', 90)], unseen).missed).toHaveLength(1);
  });

  it('behavior: does not report a pause that a round has seen', () => {
    const both = [event('Paused', 10), event('Unpaused', 90)];
    expect(followPauses([], both, () => 10).missed).toEqual([]);
    expect(followPauses([], both, () => 89).missed).toEqual([]);
    for (const block of [9, 90]) expect(followPauses([], both, () => block).missed).toHaveLength(1);
  });

  it('behavior: also where an earlier process saw it', () => {
    const { pauses } = followPauses([begun(10)], [], () => 20);
    expect(pauses).toEqual([begun(10, true)]);
    expect(followPauses(pauses, [event('Unpaused', 90)], unseen).missed).toEqual([]);
  });

  it('behavior: names the end of a pause whose beginning is not known', () => {
    const { missed } = followPauses([], [event('Unpaused', 90)], unseen);
    expect(missed.map(({ message }) => message)).toEqual([
      expect.stringContaining('it was paused from an unknown block to block 90'),
    ]);
  });

  it('behavior: each by itself, and each pool by itself', () => {
    const { pauses, missed } = followPauses(
      [],
      [
        event('Paused', 1),
        event('Paused', 2, other),
        event('Unpaused', 3),
        event('Paused', 4),
        event('Unpaused', 5),
        event('Paused', 6),
      ],
      unseen,
    );
    expect(missed.map(({ block }) => block)).toEqual([3, 5]);
    expect(pauses.map(({ block }) => block)).toEqual([2, 6]);
  });
});
