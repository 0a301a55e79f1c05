import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bridgeTo, reachOf } from './bridge.ts';

const hour = 3_600;

/** The contract's own rule, with prices that contain the time at which they were read. */
function pool(latest: number, minted: ReadonlyMap<number, string>) {
  const prices = new Map(minted);
  return {
    prices,
    /**
     * Returns the checkpoint whose price another one gets, and the number of unminted ones that the search
     * passes over.
     */
    search(time: number) {
      for (let at = time + hour, passed = 0; ; at += hour, passed += 1)
        if (at >= latest || prices.has(at)) return { priced: Math.min(at, latest), passed };
    },
    mint(time: number, now: string) {
      const { priced, passed } = this.search(time);
      prices.set(time, prices.get(priced) ?? now);
      return passed;
    },
  };
}

describe('minting one checkpoint before another', () => {
  it('a limit of 3 M gas reaches past 800 unminted checkpoints, and one of 0.2 M past none', () => {
    expect(reachOf(3_000_000n, 125n)).toBeGreaterThan(800);
    expect(reachOf(200_000n, 125n)).toBe(-1);
    expect(bridgeTo({ time: 0, priced: 2_001 * hour, duration: hour, reach: -1 })).toBeUndefined();
  });

  it('needs none where the mint itself is within reach', () => {
    expect(bridgeTo({ time: 0, priced: 11 * hour, duration: hour, reach: 10 })).toBeUndefined();
    expect(bridgeTo({ time: 0, priced: 12 * hour, duration: hour, reach: 10 })).toBe(hour);
  });

  it('every mint stays within reach, the checkpoint gets the price that it would have got, and no more are minted than needed', () => {
    const world = fc.record({
      passed: fc.integer({ min: 0, max: 400 }),
      reach: fc.integer({ min: 0, max: 60 }),
      isMinted: fc.boolean(),
    });
    fc.assert(
      fc.property(world, ({ passed, reach, isMinted }) => {
        const end = (passed + 1) * hour;
        const latest = isMinted ? end + 5 * hour : end;
        const before = new Map(isMinted ? [[end, 'price of the minted one']] : []);
        const alone = pool(latest, before);
        alone.mint(0, 'price at the beginning');

        const bridged = pool(latest, before);
        let bridges = 0;
        for (;;) {
          const { priced } = bridged.search(0);
          const bridge = bridgeTo({ time: 0, priced, duration: hour, reach });
          if (bridge === undefined) break;
          expect(bridge).toBeGreaterThan(0);
          expect(bridged.prices.has(bridge)).toBe(false);
          expect(bridged.mint(bridge, bridges === 0 ? 'price at the beginning' : 'a later price')).toBe(
            reach,
          );
          bridges += 1;
        }
        expect(
          bridged.mint(0, bridges === 0 ? 'price at the beginning' : 'a later price'),
        ).toBeLessThanOrEqual(reach);
        expect(bridged.prices.get(0)).toBe(alone.prices.get(0));
        expect(bridges).toBe(Math.floor(passed / (reach + 1)));
      }),
      { numRuns: 500 },
    );
  });
});
