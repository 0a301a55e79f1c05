import { expect, it } from '@jest/globals';
import type { Observation } from '@service-bots/core/alerts';
import { Transitions } from './transitions.ts';

const holds: Observation = { check: 'solvency', pool: '0x1', failing: false };
const fails = (message: string, severity: 'error' | 'critical' = 'critical'): Observation => ({
  check: 'solvency',
  pool: '0x1',
  failing: true,
  severity,
  message,
});

it('tells what changes from block to block, once', () => {
  const transitions = new Transitions();
  const other: Observation = { ...holds, pool: '0x2' };
  transitions.add([holds, other]);
  transitions.add([fails('block 2', 'error'), other]);
  transitions.add([fails('block 3', 'error')]);
  transitions.add([fails('block 4')]);
  transitions.add([holds]);
  transitions.add([holds]);
  expect(transitions.observations).toEqual([
    holds,
    other,
    fails('block 2', 'error'),
    fails('block 4'),
    holds,
  ]);
});
