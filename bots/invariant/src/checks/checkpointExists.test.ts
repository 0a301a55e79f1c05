import { describe, expect, it } from '@jest/globals';
import { blockOf, day, noon, read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { checkpointExists } from './checkpointExists.ts';

const midnight = noon - day / 2;
const of = (changes: Parameters<typeof snapshotOf>[1]) =>
  resultOf(checkpointExists, viewOf({ now: snapshotOf({}, changes) }));
const past = (time: number, minted: boolean, matured: bigint) => ({ time, minted, matured, shorts: 0n });

describe('checkpoint-exists', () => {
  it('default: holds for minted ones, and for those in which nothing matured', () => {
    const pastCheckpoints = read([past(midnight - day, true, units(5)), past(midnight - 2 * day, false, 0n)]);
    expect(of({ pastCheckpoints }).outcome).toBe('holds');
  });
  it('fails a full duration after the checkpoint, not a second before', () => {
    const pastCheckpoints = read([past(midnight - day, false, 1n)]);
    const at = (timestamp: number) => of({ pastCheckpoints, block: blockOf(1_000, timestamp) });
    expect(at(midnight - 1).outcome).toBe('holds');
    expect(at(midnight)).toMatchObject({ outcome: 'fails', by: { value: 0n, unit: 'seconds' } });
  });
  it('reports the time until a checkpoint is late as headroom', () => {
    const roomOf = (
      latest: ReturnType<typeof past>,
      pastCheckpoints = read<ReturnType<typeof past>[]>([]),
    ) => {
      const result = of({ latestCheckpoint: read(latest), pastCheckpoints });
      return 'headroom' in result ? result.headroom : undefined;
    };
    // The latest checkpoint, where it waits; else the next.
    expect(roomOf(past(midnight, false, 1n))).toMatchObject({
      left: { value: BigInt(day / 2), unit: 'seconds' },
      part: units(0.5),
    });
    const untilNext = { left: { value: BigInt(day + day / 2) }, part: units(1.5) };
    expect(roomOf(past(midnight, true, 1n))).toMatchObject(untilNext);
    expect(roomOf(past(midnight, false, 0n))).toMatchObject(untilNext);
    const late = read([past(midnight - 2 * day, false, 1n)]);
    expect(roomOf(past(midnight, false, 1n), late)).toMatchObject({ left: { value: BigInt(-1.5 * day) } });
  });
  it('names the oldest, and counts', () => {
    const pastCheckpoints = read([past(midnight - day, false, 1n), past(midnight - 3 * day, false, 1n)]);
    expect(of({ pastCheckpoints })).toMatchObject({
      message: '2 checkpoints since 2026-11-18T00:00:00.000Z are not minted',
      by: { value: BigInt(2 * day + day / 2) },
    });
  });
  it('is indeterminate when they could not be read', () => {
    expect(of({ pastCheckpoints: unread }).outcome).toBe('indeterminate');
  });

  it.each([
    ['is not yet known while some of the past is still to be read', 3, 'skipped'],
    ['is undecided when that goes on for a thousand blocks', 1_001, 'indeterminate'],
  ])('%s', (_, blocks, outcome) => {
    const view = viewOf({ unknownCheckpoints: { count: 7, blocks } });
    expect(resultOf(checkpointExists, view)).toMatchObject({
      outcome,
      reason: 'none of the past checkpoints that were read is late; 7 are still to be read',
    });
  });
});
