import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Fault, World } from '../../test/support/leaseWorld.ts';
import { usualTimes } from './Lease.ts';

const fault: fc.Arbitrary<Fault> = fc.record({
  atMs: fc.integer({ min: 0, max: 100_000 }),
  slot: fc.nat(2),
  kind: fc.constantFrom('pause', 'suspend', 'crash', 'stop'),
  // Short, about a lease, long.
  forMs: fc.oneof(...[1, 10_000, 20_000].map(min => fc.integer({ min, max: 2 * min + 4_000 }))),
});
/** The duration of each step of the folder: mostly short, at times longer than a lease. */
const delays = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 30_000 }) },
  ),
  { minLength: 5, maxLength: 60 },
);
const circumstances = fc.record({
  faults: fc.array(fault, { maxLength: 8 }),
  delays,
  /**
   * The clocks run up to a twentieth faster or slower than the true time, so that any two differ by a tenth
   * at most.
   */
  rates: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.95, max: 1.05, noNaN: true }))),
  /** The age of a listing of the folder, as with NFS. */
  staleMs: fc.constantFrom(0, 0, 60_000),
  /** Whether the copies share a kernel, which can report that a process has ended. */
  sameKernel: fc.boolean(),
});

describe('three copies with pauses, crashes, slow disks, old listings and clocks of their own', () => {
  it('never do two act at once, and terms only go up', async () => {
    await fc.assert(
      fc.asyncProperty(circumstances, async each => {
        const world = new World({ ...each, times: usualTimes });
        await world.run(100_000);
        expect(world.violations).toEqual([]);
      }),
      { numRuns: 150, endOnFailure: true },
    );
  });

  it('when all is well again, one acts within a lease and a few looks', async () => {
    await fc.assert(
      fc.asyncProperty(circumstances, async each => {
        const world = new World({ ...each, times: usualTimes });
        await world.run(60_000);
        world.heal();
        await world.run(70_000);
        expect(world.violations).toEqual([]);
        expect(world.holders()).toHaveLength(1);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('the model sees it when a holder acts for longer than the others wait', async () => {
    const tooLong = { ...usualTimes, marginMs: 25_000 };
    const world = new World({
      faults: [{ atMs: 5_000, slot: 0, kind: 'pause', forMs: 21_000 }],
      delays: [1],
      rates: [1, 1, 1],
      staleMs: 0,
      sameKernel: false,
      times: tooLong,
    });
    await world.run(60_000);
    expect(world.violations).not.toEqual([]);
  });
});

describe('how long the others wait', () => {
  const quiet = { delays: [1], rates: [1, 1, 1] as [number, number, number], staleMs: 0, times: usualTimes };
  const silenceAfter = async (kind: Fault['kind'], sameKernel: boolean) => {
    const faults: Fault[] = [{ atMs: 5_000, slot: 0, kind, forMs: 100_000 }];
    const world = new World({ ...quiet, faults, sameKernel });
    await world.run(40_000);
    expect(world.violations).toEqual([]);
    return (world.acts.find(({ term }) => term === 2)?.atMs ?? Infinity) - 5_000;
  };

  it('default: one that stops in good order is succeeded at the next look', async () => {
    expect(await silenceAfter('stop', false)).toBeLessThan(2_500);
  });
  it('behavior: so is one whose process is known to be gone', async () => {
    expect(await silenceAfter('crash', true)).toBeLessThan(2_500);
  });
  it('behavior: one of which nothing is known, after the lease', async () => {
    const ms = await silenceAfter('crash', false);
    expect(ms).toBeGreaterThan(usualTimes.marginMs);
    expect(ms).toBeLessThan(usualTimes.lengthMs + 3_000);
  });
  it('behavior: one that is paused, after the lease, though its process exists', async () => {
    expect(await silenceAfter('pause', true)).toBeGreaterThan(usualTimes.marginMs);
  });
});
