import { describe, expect, it } from '@jest/globals';
import { blockOf, day, noon, read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { checkpointExists } from './checkpointExists.ts';

const midnight = noon - day / 2;
const of = (changes: Parameters<typeof snapshotOf>[1]) =>
  resultOf(checkpointExists, viewOf({ now: snapshotOf({}, changes) }));
const past = (time: number, minted: boolean, matured: bigint) => ({ time, minted, matured });

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
});
