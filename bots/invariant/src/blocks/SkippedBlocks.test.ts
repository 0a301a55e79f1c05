import { describe, expect, it } from '@jest/globals';
import { AllEndpointsFailed, EndpointFault } from '@service-bots/core/rpc';
import { blockOf } from '../../test/view.ts';
import { SkippedBlocks } from './SkippedBlocks.ts';

const told = (skipped: SkippedBlocks) => skipped.observations()[0];

describe('blocks that were not checked', () => {
  it('default: reports the blocks and the reason once', () => {
    const skipped = new SkippedBlocks();
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

  it('names each range once, with its own reason', () => {
    const skipped = new SkippedBlocks();
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
    const skipped = new SkippedBlocks();
    const block = blockOf(7, 1_000);
    const error = new Error('missing trie node');
    const tries = Array.from({ length: 3 }, () => skipped.failed(block, error, block));
    expect(tries).toEqual([false, false, true]);
    expect(told(skipped)).toMatchObject({
      message: '1 block was not checked: block 7: could not be read: missing trie node',
    });
    for (let i = 0; i < 10; i += 1)
      expect(skipped.failed(block, new AllEndpointsFailed([]), block)).toBe(false);
    expect(skipped.total).toBe(1);
  });

  it('a block that every endpoint answers with an error is given up, too', () => {
    const skipped = new SkippedBlocks();
    const said = [{ id: 1, error: { code: -32000, message: 'a wording of next year' } }];
    const error = new AllEndpointsFailed([
      new EndpointFault('node', 'soft', { what: 'answered with an error', said }),
    ]);
    const tries = Array.from({ length: 3 }, () =>
      skipped.failed(blockOf(7, 1_000), error, blockOf(7, 1_000)),
    );
    expect(tries).toEqual([false, false, true]);
  });

  it('tries only the first block of a pruned past again, and reports the others in the same range', () => {
    const skipped = new SkippedBlocks();
    const pruned = (number: number) => new Error(`block ${number} could not be read: state is pruned`);
    const fails = (number: number, head = 200) =>
      skipped.failed(blockOf(number, 1_000), pruned(number), blockOf(head, 2_000));
    expect([fails(10), fails(10), fails(10), fails(11), fails(12)]).toEqual([false, false, true, true, true]);
    expect(told(skipped)).toMatchObject({
      message:
        '3 blocks were not checked: blocks 10 to 12: could not be read: block 10 could not be read: state is pruned',
    });
    // A new block, another reason, and a block after a successful read each have their own tries.
    expect(fails(190)).toBe(false);
    expect(skipped.failed(blockOf(13, 1_000), new Error('internal error'), blockOf(200, 2_000))).toBe(false);
    expect(fails(14)).toBe(true);
    skipped.read(blockOf(14, 1_000));
    expect(fails(15)).toBe(false);
  });

  it('gives up a backlog whose oldest block differs at each try', () => {
    const skipped = new SkippedBlocks();
    const fails = (number: number) =>
      skipped.failed(
        blockOf(number, 1_000),
        new Error(`no state of ${number}`),
        blockOf(number + 1_000, 2_000),
      );
    expect([10, 14, 19, 20].map(fails)).toEqual([false, false, true, true]);
  });
});
