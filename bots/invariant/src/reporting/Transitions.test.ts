import { expect, it } from '@jest/globals';
import type { Observation } from '@service-bots/core/alerts';
import { Transitions } from './Transitions.ts';

const holds: Observation = { check: 'solvency', pool: '0x1', failing: false };
const fails = (message: string, severity: 'error' | 'critical' = 'critical'): Observation => ({
  check: 'solvency',
  pool: '0x1',
  failing: true,
  severity,
  message,
});

it('reports each change from block to block once', () => {
  const transitions = new Transitions();
  const other: Observation = { ...holds, pool: '0x2' };
  expect(transitions.news([holds, other])).toEqual([holds, other]);
  expect(transitions.news([fails('block 2', 'error'), other])).toEqual([fails('block 2', 'error')]);
  expect(transitions.news([fails('block 3', 'error')])).toEqual([]);
  expect(transitions.news([fails('block 4')])).toEqual([fails('block 4')]);
  expect(transitions.news([holds])).toEqual([holds]);
  expect(transitions.news([holds])).toEqual([]);
});
