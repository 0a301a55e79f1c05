import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawDeadline, isRunning, patienceMsOf } from './deadline.ts';

const lead = { from: 1_000, until: 1_300 };

describe('patienceMsOf', () => {
  it.each([
    ['before the anchor', 998, 152_000],
    ['at the anchor', 1_000, 150_000],
    ['in the middle of the lead', 1_150, 0],
    ['at its end', 1_300, 0],
  ])('a commit, %s', (_, second, ms) => {
    const moment = { head: { number: 1, timestamp: second - 3 }, nowMs: second * 1_000 };
    expect(patienceMsOf(lead, moment, 400)).toBe(ms);
    // The later of both clocks counts.
    const late = { head: { number: 1, timestamp: second }, nowMs: 0 };
    expect(patienceMsOf(lead, late, 400)).toBe(ms);
  });

  it.each([
    ['at its target', 500, 25_200],
    ['after a quarter of its window', 563, 0],
    ['after its window', 900, 0],
  ])('a draw, %s', (_, number, ms) => {
    expect(patienceMsOf(drawDeadline(500), { head: { number, timestamp: 0 }, nowMs: 0 }, 400)).toBe(ms);
  });

  it('is none where nothing is lost by waiting', () => {
    expect(patienceMsOf(undefined, { head: { number: 1, timestamp: 1 }, nowMs: 1 }, 400)).toBe(0);
  });

  it('always leaves half of a lead and three quarters of a window', () => {
    const moment = fc.record({ number: fc.nat(2_000), timestamp: fc.nat(2_000), nowMs: fc.nat(2_000_000) });
    fc.assert(
      fc.property(moment, fc.integer({ min: 100, max: 12_000 }), ({ nowMs, ...head }, blockTimeMs) => {
        const at = { head, nowMs };
        const now = Math.max(nowMs / 1_000, head.timestamp);
        const commitMs = patienceMsOf(lead, at, blockTimeMs);
        if (commitMs > 0) expect(now + commitMs / 1_000).toBeLessThanOrEqual(lead.until - 150 + 1e-6);
        const drawMs = patienceMsOf(drawDeadline(500), at, blockTimeMs);
        if (drawMs > 0) expect(head.number + drawMs / blockTimeMs).toBeLessThanOrEqual(755 - 191);
        if (drawMs > 0) expect(isRunning(drawDeadline(500), at)).toBe(true);
      }),
    );
  });
});
