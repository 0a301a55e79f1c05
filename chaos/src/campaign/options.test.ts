import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { specs } from '../faults/index.ts';
import { readOptions } from './options.ts';
import { drawPlan } from './plan.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chaos-options-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('readOptions', () => {
  it('default: an hour of seed 1, and what make passes on as empty counts as absent', () => {
    const expected = {
      seed: '1',
      hours: 1,
      folder: undefined,
      inContainers: false,
      reports: false,
      mostRuns: 12,
    };
    expect(readOptions({})).toMatchObject(expected);
    expect(readOptions({ SEED: '', HOURS: '', REPLAY: '', OUT: '' })).toMatchObject(expected);
  });

  it('behavior: a plan that was written is read back', () => {
    const plan = drawPlan(specs, '4', 1);
    const file = join(folder, 'plan.json');
    writeFileSync(file, JSON.stringify(plan));
    expect(readOptions({ REPLAY: file }).replay).toEqual(plan);
  });

  it.each([
    [{ HOURS: 'two' }, /HOURS is two: give a figure from 0\.25/],
    [{ HOURS: '0.1' }, /HOURS is 0\.1/],
    [{ CONTAINERS: 'yes' }, /CONTAINERS is yes: give CONTAINERS=1/],
    [{ MINIMISE: '-1' }, /MINIMISE is -1: give a whole number/],
    [{ REPLAY: '/nowhere/plan.json' }, /REPLAY: \/nowhere\/plan\.json cannot be read/],
  ])('behavior: %j is refused, with a right value', (env, message) => {
    expect(() => readOptions(env)).toThrow(message);
  });

  it('behavior: a file that is no plan is refused by its first wrong field', () => {
    const file = join(folder, 'plan.json');
    writeFileSync(file, JSON.stringify({ seed: '1', hours: 1, faults: [{ id: 'f1' }] }));
    expect(() => readOptions({ REPLAY: file })).toThrow(/is no plan.*faults\[0\]\.spec/s);
  });
});
