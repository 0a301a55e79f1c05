import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type HistoryRecord, historyOf } from '../history/index.ts';
import { judgeCrashes } from './health.ts';
import { timelineOf } from './Timeline.ts';

const run: HistoryRecord = { type: 'run', atMs: 1, version: 1, seed: '1', hours: 1 };
const ended: HistoryRecord = { type: 'ended', atMs: 1_000_000 };
const clock = (atMs: number, block: number, timestamp: number): HistoryRecord => ({
  type: 'clock',
  atMs,
  wallMs: atMs + 7,
  chain: 'local',
  block,
  timestamp,
});
const process = (atMs: number, event: 'started' | 'ended', pid: number): HistoryRecord => ({
  type: 'process',
  atMs,
  bot: 'keeper',
  copy: 'a',
  pid,
  event,
  ...(event === 'ended' ? { code: null, signal: 'SIGKILL' } : {}),
});
const timeline = (...records: HistoryRecord[]) => timelineOf(historyOf([run, ...records, ended]));

describe('the timeline', () => {
  it('has a block from the first record that shows it, also where a reorg takes heights back', () => {
    const record = fc.tuple(fc.integer({ min: -3, max: 5 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 30 }),
        fc.nat(60),
        fc.nat(400),
        (steps, number, timestamp) => {
          let block = 0;
          let time = 0;
          const records = steps.map(([blocks, passed], index) => {
            block = Math.max(0, block + blocks);
            time += passed;
            return { atMs: 10 * (index + 1), block, time };
          });
          const { seen } = timeline(...records.map(each => clock(each.atMs, each.block, each.time)));
          const first = records.findIndex(each => each.block >= number && each.time >= timestamp);
          expect(seen('local', { number, timestamp })).toEqual({
            visibleMs: first < 0 ? 1_000_000 : records[first]?.atMs,
            notBeforeMs: first < 0 ? records.at(-1)?.atMs : (records[first - 1]?.atMs ?? 1),
          });
        },
      ),
    );
  });

  it('turns arrivals by the wall clock into its own time', () => {
    expect(timeline(clock(100, 1, 1), clock(200, 2, 2)).msOfWall(157)).toBe(150);
  });

  it('excuses a bot while no process of it runs, and while one starts up', () => {
    const { impossible, down, crashes } = timeline(
      process(1_000, 'started', 1),
      process(100_000, 'ended', 1),
      process(130_000, 'started', 2),
    );
    expect(down('keeper')).toEqual([{ fromMs: 100_000, toMs: 130_000 }]);
    expect(crashes('keeper')).toEqual([100_000]);
    expect(impossible('run', 'keeper')).toEqual([
      { fromMs: 1, toMs: 31_000 },
      { fromMs: 100_000, toMs: 160_000 },
    ]);
  });

  it('excuses a bot while the machine kept it from running, also for the end of its lease', () => {
    const end = (code: number) => ({ ...process(212_500, 'ended', 1), code, signal: null }) as HistoryRecord;
    const starved: HistoryRecord = { type: 'starved', atMs: 212_000, bot: 'keeper', lastedMs: 12_000 };
    const bot: HistoryRecord = {
      type: 'bot',
      atMs: 2,
      bot: 'keeper',
      kind: 'keeper',
      periodMs: 10_000,
      resolveAfterMs: 60_000,
      endpoints: [],
      channels: [],
    };
    const ofRun = (...records: HistoryRecord[]) => timeline(bot, process(1_000, 'started', 1), ...records);
    expect(ofRun(starved).impossible('run', 'keeper').at(-1)).toEqual({ fromMs: 200_000, toMs: 212_000 });
    expect(judgeCrashes(ofRun(starved, end(75)))).toEqual([]);
    expect(judgeCrashes(ofRun(end(75)))).toMatchObject([{ rule: 'crash' }]);
    expect(judgeCrashes(ofRun(starved, end(1)))).toMatchObject([{ rule: 'crash' }]);
  });

  it('excuses nothing for a second copy that starts beside the first', () => {
    const copies = timeline(process(1_000, 'started', 1), {
      ...process(200_000, 'started', 2),
      copy: 'b',
    } as HistoryRecord);
    expect(copies.impossible('run', 'keeper')).toEqual([{ fromMs: 1, toMs: 31_000 }]);
  });

  it('takes a pause of a pool for no excuse, and any other refusal for one', () => {
    const pool = `0x${'1'.repeat(40)}`;
    const refusal = (fault: string, kind: 'pool-paused' | 'pool-drained', atMs: number): HistoryRecord[] => [
      {
        type: 'fault-began',
        atMs,
        fault,
        kind,
        target: { pool },
        parameters: {},
        makesImpossible: [{ act: 'call', pool }],
      },
      { type: 'fault-ended', atMs: atMs + 50, fault },
    ];
    const { idle } = timeline(
      ...refusal('a', 'pool-paused', 500_000),
      ...refusal('b', 'pool-drained', 600_000),
      process(2, 'started', 1),
    );
    expect(idle('keeper', pool.toUpperCase().replace('0X', '0x')).at(-1)).toEqual({
      fromMs: 600_000,
      toMs: 600_050,
    });
    expect(idle('keeper', pool)).toHaveLength(2);
  });
});
