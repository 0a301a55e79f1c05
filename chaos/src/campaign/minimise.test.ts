import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PlannedFault } from '../faults/spec.ts';
import { type Finding, minimise } from './minimise.ts';
import type { Plan } from './plan.ts';

const fault = (index: number): PlannedFault => ({
  id: `f${index}`,
  spec: 'kill',
  atSeconds: index * 100,
  lastsSeconds: 10,
  parameters: {},
});
const lost: Finding = { rule: 'minted', text: 'a checkpoint was not minted' };
const planOf = (count: number): Plan => ({
  seed: '7',
  hours: 10,
  faults: Array.from({ length: count }, (_, i) => fault(i)),
});
const idsOf = ({ faults }: Plan) => faults.map(({ id }) => id);

describe('minimise', () => {
  it('default: exactly the faults that the finding needs stay, whichever they are', async () => {
    const cases = fc
      .integer({ min: 1, max: 24 })
      .chain(count =>
        fc.tuple(
          fc.constant(count),
          fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ([count, needed]) => {
        const run = async (plan: Plan) =>
          needed.every(index => idsOf(plan).includes(`f${index}`)) ? [lost] : [];
        const { plan } = await minimise(planOf(count), [lost], { run, mostRuns: 1_000 });
        expect(idsOf(plan)).toEqual([...needed].sort((a, b) => a - b).map(index => `f${index}`));
      }),
    );
  });

  it('behavior: another rule that a smaller plan breaks is not the finding', async () => {
    const run = async ({ faults }: Plan): Promise<Finding[]> =>
      faults.length === 4 ? [lost] : [{ rule: 'other', text: 'something else' }];
    const { plan, findings } = await minimise(planOf(4), [lost], { run, mostRuns: 100 });
    expect([plan.faults.length, findings]).toEqual([4, [lost]]);
  });

  it('behavior: the smallest plan so far is returned when the runs are used up', async () => {
    const { plan, runs } = await minimise(planOf(16), [lost], { run: async () => [lost], mostRuns: 2 });
    expect([plan.faults.length, runs]).toEqual([4, 2]);
  });

  it('behavior: a plan ends soon after its last fault', async () => {
    const { plan } = await minimise(planOf(2), [lost], {
      run: async ({ faults }) => (faults.some(({ id }) => id === 'f1') ? [lost] : []),
      mostRuns: 10,
    });
    expect(plan.hours).toBeCloseTo(1_010 / 3_600);
  });
});
