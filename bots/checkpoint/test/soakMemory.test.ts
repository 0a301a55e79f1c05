import { describe, expect, it } from '@jest/globals';
import { type MemorySample, memoryGrowth } from '../soak/memory.ts';

/**
 * Returns a hundred samples of a process that collects its garbage at every tenth, with the growth `grown` at
 * the end.
 */
function samples(grown: { kept?: number; outside?: number; room?: number }): MemorySample[] {
  return Array.from({ length: 100 }, (_, i) => {
    const by = (end = 0) => (end * i) / 100;
    const kept = 20 + by(grown.kept);
    const used = kept + (i % 10);
    const heap = kept + 15 + by(grown.room);
    return { used, heap, resident: heap + 50 + by(grown.outside) };
  });
}

describe('memory over a soak', () => {
  it('is flat when nothing grows but the room for garbage', () => {
    expect(memoryGrowth(samples({}))).toEqual([]);
    expect(memoryGrowth(samples({ room: 30 }))).toEqual([]);
  });

  it('is not when more and more is kept', () => {
    expect(memoryGrowth(samples({ kept: 20 }))).toEqual([expect.stringMatching('heap that is kept grew')]);
  });

  it('is not when it grows outside of the heap', () => {
    expect(memoryGrowth(samples({ outside: 20 }))).toEqual([expect.stringMatching('outside the heap grew')]);
  });

  it('is not judged by a short soak', () => {
    expect(memoryGrowth(samples({ kept: 20 }).slice(0, 50))).toEqual([]);
  });
});
