import { expect, it } from '@jest/globals';
import type { BatchReader } from '@service-bots/core/rpc';
import { blockOf, day, noon, poolOf } from '../../test/view.ts';
import { prepared } from './discover.ts';
import { noOverrides } from './overrides.ts';

const reader: BatchReader = {
  read: () => Promise.reject(new Error('nothing has to be read')),
  balanceOf: () => undefined,
  via: () => reader,
};
const prepare = (changes: object) =>
  prepared(
    { reader },
    { block: blockOf(1, noon), pool: poolOf(changes), overrides: noOverrides, beginning: noon },
  );

it.each([
  ['checkpoints of no length', { checkpointDuration: 0 }],
  ['positions shorter than a checkpoint', { positionDuration: day / 2 }],
  ['positions that end within one', { positionDuration: 1.5 * day }],
])('a pool with %s is unreadable, and spoils the reading of no other', async (_, changes) => {
  await expect(prepare(changes)).rejects.toThrow('its durations are impossible');
});
