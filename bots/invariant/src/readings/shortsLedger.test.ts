import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { trailLength } from '../blocks/trail.ts';
import {
  changeOf,
  emptyLedger,
  type LedgerBase,
  type ShortsLedger,
  withBase,
  withChanges,
  withoutChanges,
} from './shortsLedger.ts';

const base: LedgerBase = { block: 999, shares: 5n, isExact: true };
const amounts = fc.constantFrom(0n, 0n, 0n, 5n, -7n, 10n ** 18n, -(10n ** 18n));
/** Counted blocks, with the change in each, and reorgs of a given depth. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(amounts, { minLength: 1, maxLength: 100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
);
const changes = (shares: readonly bigint[], from: number) =>
  shares.map((each, i) => ({ block: from + i, shares: each }));

describe('the ledger of shares behind shorts', () => {
  it('is the sum of all blocks that are still part of the chain, and stays small', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        let known: ShortsLedger | undefined = emptyLedger(base);
        let chain: bigint[] = [];
        for (const each of steps) {
          if (typeof each === 'number') {
            chain = chain.slice(0, Math.max(chain.length - each, 0));
            known = withoutChanges(known, 1_000 + chain.length);
            // Two reorgs in a row may reach deeper than either: then all is counted again.
            known ??= withChanges(emptyLedger(base), 999 + chain.length, changes(chain, 1_000));
          } else {
            const from = 1_000 + chain.length;
            chain = [...chain, ...each];
            known = withChanges(known, 999 + chain.length, changes(each, from));
          }
          expect(changeOf(known)).toBe(chain.reduce((sum, shares) => sum + shares, 0n));
          expect(known).toMatchObject({ base, through: 999 + chain.length });
          expect(known.recent.length).toBeLessThanOrEqual(trailLength);
        }
      }),
    );
  });

  it('outlives a reorg, and is counted anew only where the reorg is deeper than blocks are remembered', () => {
    const own = { ...base, block: 0 };
    const known = withChanges(emptyLedger(own), 1_000, [
      { block: 500, shares: -7n },
      { block: 998, shares: -3n },
    ]);
    expect(withoutChanges(known, 1_001)).toBe(known);
    const after = withoutChanges(known, 998) as ShortsLedger;
    expect([changeOf(after), after.through]).toEqual([-7n, 997]);
    expect(withoutChanges(known, 1_000 - trailLength + 1)).toBeDefined();
    expect(withoutChanges(known, 1_000 - trailLength)).toBeUndefined();
    expect(withoutChanges(emptyLedger(base), 999)).toBeUndefined();
  });

  it('keeps two bases: the newest, and a base that no reorg replaces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 300 }), steps => {
        let bases: readonly LedgerBase[] = [];
        let block = 0;
        for (const [i, each] of steps.entries()) {
          block += each;
          bases = withBase(bases, { ...base, block });
          expect(bases.length).toBeLessThanOrEqual(2);
          expect(bases.at(-1)?.block).toBe(block);
          const first = bases[0] as LedgerBase;
          if (block - (steps[0] as number) > 3 * trailLength + 180)
            expect(first.block).toBeLessThanOrEqual(block - Math.min(trailLength, each));
          expect(block - first.block).toBeLessThanOrEqual(2 * trailLength + 90);
          if (i > 0) expect(first.block).toBeLessThan(block);
        }
      }),
    );
  });
});
