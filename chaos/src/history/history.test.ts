import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type HistoryRecord, historyOf, openHistory, readHistory } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const kill = {
  type: 'fault-began',
  fault: 'f1',
  kind: 'kill',
  target: { bot: 'checkpoint' },
  parameters: { signal: 'SIGKILL' },
  makesImpossible: [{ act: 'run', bot: 'checkpoint' }],
} as const;

describe('the history of a campaign', () => {
  it('reads back what was written, with the faults joined from beginning to end', async () => {
    const path = join(folder, 'history.jsonl');
    let now = 1_000;
    const writer = openHistory(path, () => {
      now += 10;
      return now;
    });
    writer.write({ type: 'run', version: 1, seed: '7', hours: 1 });
    const beganMs = writer.write({ ...kill, makesImpossible: [...kill.makesImpossible] });
    const endedMs = writer.write({ type: 'fault-ended', fault: 'f1' });
    writer.write({ type: 'ended' });
    writer.close();

    const history = await readHistory(path);
    const { type: _, ...fault } = kill;
    expect(history.faults).toEqual([{ ...fault, beganMs, endedMs }]);
    expect([history.beganMs, history.endedMs]).toEqual([1_010, 1_040]);
    expect(history.of('run')[0]?.seed).toBe('7');
  });

  it('refuses to write a record that the reader would not accept', () => {
    const writer = openHistory(join(folder, 'history.jsonl'));
    const wrong = { type: 'endpoint', endpoint: '', chain: 'ethereum' } as const;
    expect(() => writer.write(wrong)).toThrow(/record "endpoint" is not valid.*\n.*at endpoint/s);
    writer.close();
  });

  it('names the line that is no record', async () => {
    const path = join(folder, 'history.jsonl');
    writeFileSync(path, '{"type":"run","atMs":1,"version":1,"seed":"7","hours":1}\n\n{"type":"gossip"}\n');
    await expect(readHistory(path)).rejects.toThrow(`${path}, line 3`);
  });

  it('refuses a history that is cut off', () => {
    expect(() => historyOf([{ type: 'run', atMs: 1, version: 1, seed: '7', hours: 1 }])).toThrow('cut off');
  });

  it('joins the beginning and the end of every fault, whatever the order of the lines', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 2, max: 500 }), fc.integer({ min: 1, max: 400 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(spans, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const records: HistoryRecord[] = [
          { type: 'run', atMs: 1, version: 1, seed: '7', hours: 1 },
          { type: 'ended', atMs: 1_000 },
          ...drawn.flatMap(([at, length], index): HistoryRecord[] => [
            { ...kill, fault: `f${index}`, atMs: at, makesImpossible: [] },
            { type: 'fault-ended', fault: `f${index}`, atMs: at + length },
          ]),
        ];
        const shuffled = records
          .map(each => ({ each, rank: order.next().value as number }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ each }) => each);
        const spansRead = historyOf(shuffled).faults.map(({ fault, beganMs, endedMs }) => ({
          fault,
          beganMs,
          endedMs,
        }));
        const expected = drawn.map(([at, length], index) => ({
          fault: `f${index}`,
          beganMs: at,
          endedMs: at + length,
        }));
        const byName = (one: { fault: string }, other: { fault: string }) =>
          one.fault.localeCompare(other.fault);
        expect(spansRead.sort(byName)).toEqual(expected.sort(byName));
      }),
    );
  });
});
