import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Rule } from '../src/checker/index.ts';
import { openStage, type Play, play, type Stage } from './support/Scene.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** Each bot that breaks a sentence, and the rules of all findings that it gets: no more and no fewer. */
const brokenBots: readonly (Play & { readonly breaks: string; readonly rules: readonly Rule[] })[] = [
  { role: 'checkpoint', breaks: 'leaves out a mint', rules: ['checkpoint'] },
  { role: 'checkpoint', breaks: 'mints late', rules: ['checkpoint'] },
  { role: 'checkpoint', breaks: 'sends twice', rules: ['transaction'] },
  { role: 'checkpoint', breaks: 'leaves a nonce gap', rules: ['transaction'] },
  { role: 'checkpoint', breaks: 'sends value to a stranger', rules: ['policy'] },
  { role: 'checkpoint', breaks: 'pays too much', rules: ['policy'] },
  { role: 'checkpoint', breaks: 'empties its wallet', rules: ['fees', 'transaction'] },
  { role: 'keeper', breaks: 'settles one block too late', fast: true, rules: ['round', 'unalerted'] },
  { role: 'keeper', breaks: 'commits before the anchor', rules: ['round'] },
  { role: 'keeper', breaks: 'commits late', rules: ['round'] },
  { role: 'keeper', breaks: 'swallows an alert', rules: ['unalerted'] },
  { role: 'keeper', breaks: 'pages late', rules: ['unalerted'] },
  { role: 'keeper', breaks: 'uses one channel only', rules: ['undelivered'] },
  { role: 'keeper', breaks: 'repeats a delivery', rules: ['repeated'] },
  { role: 'keeper', breaks: 'never resolves', rules: ['unresolved'] },
  { role: 'keeper', breaks: 'resolves while it lasts', rules: ['repeated', 'resolved-early'] },
  { role: 'keeper', breaks: 'alerts about nothing', rules: ['unresolved', 'untrue-alert'] },
  { role: 'keeper', breaks: 'alerts under an unknown name', rules: ['unknown-alert', 'unresolved'] },
  { role: 'keeper', breaks: 'logs its key', rules: ['secret'] },
  { role: 'keeper', breaks: 'alerts with its key', rules: ['secret', 'untrue-alert'] },
  { role: 'keeper', breaks: 'ends by itself', rules: ['crash', 'unhealthy'] },
  { role: 'keeper', breaks: 'does nothing after a restart', killAt: 100, rules: ['unhealthy'] },
];

describe('the checker', () => {
  it.each<Play & { readonly name: string }>([
    { name: 'a checkpoint bot', role: 'checkpoint' },
    { name: 'a keeper', role: 'keeper' },
    { name: 'a checkpoint bot that is killed while a mint is due', role: 'checkpoint', killAt: 110 },
  ])('finds nothing in $name that does what the documents say', async given => {
    const { findings, counts, delays } = await play(stage, given);
    expect(findings).toEqual([]);
    expect(counts.transactions).toBe(given.role === 'keeper' ? 2 : 1);
    expect(delays.map(({ incident }) => incident.checks[0])).toEqual(['low-balance']);
  });

  it.each(brokenBots)('finds a bot ($role) that $breaks: $rules', async ({ rules, ...given }) => {
    const { findings } = await play(stage, given);
    const found = [...new Set(findings.map(({ rule }) => rule))].sort();
    // With all findings in the message of a failure, and not only their rules.
    expect({ found, findings }).toEqual({ found: [...rules].sort(), findings });
  });
});
