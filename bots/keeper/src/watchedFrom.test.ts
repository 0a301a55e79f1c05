import { describe, expect, it } from '@jest/globals';
import { watchedFromNowOn } from './lookAtGovernance.ts';

describe('watchedFromNowOn', () => {
  it.each([
    ['a fresh folder: from now on', undefined, ['a', 'b'], true, { a: 900, b: 900 }],
    ['a folder of an earlier version: all along', undefined, ['a', 'b'], false, { a: 0, b: 0 }],
    ['a pool that was added to the list: from now on', { a: 70 }, ['a', 'b'], false, { a: 70, b: 900 }],
    ['a pool that left the list for a while: as before', { a: 70, b: 80 }, ['b'], false, { a: 70, b: 80 }],
  ])('%s', (_, known, pools, isFirstRun, expected) => {
    expect(watchedFromNowOn(known, pools, { isFirstRun, head: 900 })).toEqual(expected);
  });
});
