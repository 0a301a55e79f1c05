import { describe, expect, it } from '@jest/globals';
import { BlockPace } from './BlockPace.ts';

/** A chain with a block time of one second in the table, of which every head is seen. */
function paceAfter(blocks: number, everyMs: number, pace = new BlockPace(1_000), from = 100): BlockPace {
  for (let i = 0; i < blocks; i += 1) pace.see(from + i, i * everyMs);
  return pace;
}

describe('BlockPace', () => {
  it('default: the time of the table until enough blocks were seen', () => {
    expect(paceAfter(4, 400).blockTimeMs).toBe(1_000);
  });

  it('default: learns that a chain is faster, rounded to the shorter time', () => {
    const { blockTimeMs } = paceAfter(20, 400);
    expect(blockTimeMs).toBeGreaterThan(340);
    expect(blockTimeMs).toBeLessThanOrEqual(400);
  });

  it('behavior: learns it as well from two looks half a minute apart', () => {
    const pace = new BlockPace(1_000);
    pace.see(100, 0);
    pace.see(175, 30_000);
    expect(pace.blockTimeMs).toBeCloseTo(395, 0);
  });

  it('behavior: learns it from two headers', () => {
    const pace = new BlockPace(1_000);
    pace.learn({ number: 0, timestamp: 1_000 }, { number: 100, timestamp: 1_040 });
    expect(pace.blockTimeMs).toBeCloseTo(396, 0);
  });

  it('behavior: follows a slower chain as if it kept to its row', () => {
    expect(paceAfter(20, 12_000).blockTimeMs).toBe(1_000);
  });

  it('behavior: never goes below a tenth of a second, however many blocks come at once', () => {
    expect(paceAfter(300, 0).blockTimeMs).toBe(100);
  });

  it('behavior: recovers after many blocks at once', () => {
    const pace = paceAfter(300, 0);
    for (let i = 0; i < 10; i += 1) pace.see(1_000 + i, 5_000 + i * 700);
    expect(pace.blockTimeMs).toBeGreaterThan(580);
  });

  it('behavior: starts anew where block numbers go back', () => {
    const pace = paceAfter(20, 400);
    pace.see(90, 8_000);
    expect(pace.blockTimeMs).toBeLessThanOrEqual(400);
    for (let i = 1; i < 10; i += 1) pace.see(90 + i, 8_000 + i * 800);
    expect(pace.blockTimeMs).toBeGreaterThan(680);
  });

  it('behavior: heads that come again, and blocks that jump in number alone, are no pace', () => {
    const pace = new BlockPace(1_000);
    for (let i = 0; i < 20; i += 1) pace.see(100, i * 100);
    expect(pace.blockTimeMs).toBe(1_000);
  });
});
