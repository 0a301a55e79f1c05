import { describe, expect, it } from '@jest/globals';
import { AllEndpointsFailed } from '@service-bots/core/rpc';
import { blockOf } from '../test/view.ts';
import { Skipped } from './skipped.ts';

const told = (skipped: Skipped) => skipped.observations()[0];

describe('what was not checked', () => {
  it('default: is told once, which blocks and why', () => {
    const skipped = new Skipped();
    expect(skipped.observations()).toEqual([]);
    skipped.add([{ from: 100, to: 119, why: 'too many' }]);
    expect(told(skipped)).toMatchObject({
      check: 'blocks-skipped',
      failing: true,
      message: '20 blocks were not checked: blocks 100 to 119: too many',
      data: { count: 20, sinceTheStart: 20 },
    });
    expect(skipped.observations()).toEqual([]);
  });

  it('each reason stands beside its own blocks, and one stretch is named once', () => {
    const skipped = new Skipped();
    skipped.add([
      { from: 1, to: 3, why: 'too many' },
      { from: 4, to: 4, why: 'too many' },
      { from: 9, to: 9, why: 'the node does not give it' },
      { from: 20, to: 40, count: 2, why: 'trades that waited' },
    ]);
    expect(told(skipped)).toMatchObject({
      message:
        '7 blocks were not checked: blocks 1 to 4: too many; block 9: the node does not give it; 2 of blocks 20 to 40: trades that waited',
    });
  });

  it('a block is given up after some tries, with the reason, and never for want of an endpoint', () => {
    const skipped = new Skipped();
    const block = blockOf(7, 1_000);
    const error = new Error('missing trie node');
    const tries = Array.from({ length: 3 }, () => skipped.failed(block, error));
    expect(tries).toEqual([false, false, true]);
    expect(told(skipped)).toMatchObject({
      message: '1 block was not checked: block 7: could not be read: missing trie node',
    });
    for (let i = 0; i < 10; i += 1) expect(skipped.failed(block, new AllEndpointsFailed([]))).toBe(false);
    expect(skipped.total).toBe(1);
  });
});
