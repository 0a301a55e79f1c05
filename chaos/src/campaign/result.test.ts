import { expect, it } from '@jest/globals';
import { ownFindings } from './result.ts';

const campaign = (chainSeconds: number, done: readonly string[]) => ({
  crashes: [],
  failedFaults: [],
  chainSeconds,
  people: { done: new Map(done.map(kind => [kind, 1])), reasons: new Map([['trade', 'it was never mined']]) },
});

it('finds a world in which people could not act, since bots without work pass every rule', () => {
  expect(ownFindings(campaign(3_600, ['trade', 'tickets', 'deposit']))).toEqual([]);
  expect(ownFindings(campaign(300, []))).toEqual([]);
  expect(ownFindings(campaign(3_600, ['tickets']))).toMatchObject([
    { rule: 'evidence', text: expect.stringContaining('trade (it was never mined)') },
    { rule: 'evidence', text: expect.stringContaining('deposit (nobody tried)') },
  ]);
});
