import { describe, expect, it } from '@jest/globals';
import type { BatchReader, ReadResult } from '@service-bots/core/rpc';
import { effectAt } from './effect.ts';
import { pendingActions, roundStates } from './prizePool.ts';

type Answer = ReadResult<unknown>;
const unreadable: Answer = { ok: false, reason: 'it reverts' };
const info = (state: (typeof roundStates)[number]): Answer => ({
  ok: true,
  value: { state: BigInt(roundStates.indexOf(state)), salesEndTime: 1n, targetBlockNumber: 1n },
});
const next = (rid: bigint, action: (typeof pendingActions)[number]): Answer => ({
  ok: true,
  value: { rid, action: BigInt(pendingActions.indexOf(action)) },
});
const garbage: Answer = {
  ok: true,
  value: { state: 77n, salesEndTime: 1n, targetBlockNumber: 1n, rid: 6n, action: 9n },
};

/** A reader that gives these answers for the round and for `nextExecutable()`. */
function reader(...answers: Answer[]): BatchReader {
  return { read: async () => answers } as unknown as BatchReader;
}
const commit = { kind: 'commit', round: 7n } as const;
const settle = { kind: 'settle', round: 6n } as const;
const block = { number: 1_000, hash: '0x' };
const verdict = async (action: typeof commit | typeof settle, ...answers: Answer[]) =>
  (await effectAt({ reader: reader(...answers) }, { pool: '0xpool', action }, block)).verdict;

describe('the effect of an action', () => {
  it.each([
    ['the round has moved on', commit, info('committed'), next(7n, 'none'), 'done'],
    ['the round was empty', commit, info('skipped'), next(8n, 'none'), 'done'],
    ['an older round is asked for', commit, info('committed'), next(3n, 'settle'), 'done'],
    ['the draw of the round is asked for', commit, info('committed'), next(7n, 'settle'), 'done'],
    ['the round is as before', commit, info('open'), next(8n, 'none'), 'waiting'],
    ['the round has moved on by its state alone', commit, info('committed'), next(7n, 'commit'), 'waiting'],
    ['the round is settled', settle, info('settled'), next(7n, 'none'), 'done'],
    ['the round has failed', settle, info('failed'), next(7n, 'commit'), 'done'],
    ['the draw still waits', settle, info('committed'), next(7n, 'none'), 'waiting'],
    ['it is to be marked as failed by now', settle, info('settled'), next(6n, 'mark-failed'), 'waiting'],
    ['the round cannot be read and nothing is asked for', settle, unreadable, next(7n, 'none'), 'done'],
    ['the round cannot be read and it is asked for', settle, unreadable, next(6n, 'settle'), 'waiting'],
    ['the contract cannot be asked and the round has moved on', settle, info('settled'), unreadable, 'done'],
    [
      'the contract cannot be asked and the round is as before',
      settle,
      info('committed'),
      garbage,
      'waiting',
    ],
    ['neither can be read', settle, unreadable, unreadable, 'unknown'],
    ['both are no answers', settle, garbage, garbage, 'unknown'],
  ] as const)('default: %s', async (_, action, round, asked, expected) => {
    expect(await verdict(action, round, asked)).toBe(expected);
  });

  it('behavior: a block that cannot be read is no evidence of an effect', async () => {
    const broken = { read: () => Promise.reject(new Error('no such block')) } as unknown as BatchReader;
    const effect = await effectAt({ reader: broken }, { pool: '0xpool', action: commit }, block);
    expect(effect).toEqual({ verdict: 'unknown', state: undefined, why: 'no such block' });
  });
});
