import { expect, it } from '@jest/globals';
import type { PoolView, Step } from '../planning/view.ts';
import { ChainFills } from './ChainFills.ts';

const token = `0x${'bb'.repeat(20)}`;
const view = {
  address: `0x${'aa'.repeat(20)}`,
  settlement: { token, asBase: true, isRebasing: false, account: token },
  vaultSharePrice: 10n ** 18n,
  name: 'Pool',
  state: {} as PoolView['state'],
};
const nothing = { lpShares: 0n, withdrawalShares: 0n, bonds: [] };
const step = { pool: view.address, kind: 'open-long', amount: 10n, pays: 10n } as Step;
const slot = `0x${'00'.repeat(31)}07`;
const accessList = [{ address: token, storageKeys: [slot] }];

it.each([
  [
    'ignores overrides',
    (method: string) => (method === 'eth_call' ? `0x${'00'.repeat(32)}` : { accessList }),
  ],
  ['finds no slot', () => ({ accessList: [] })],
])('leaves the fill to the maths where the node %s, and asks it once', async (_, answer) => {
  const asked: string[] = [];
  const fills = new ChainFills({
    send: async (method: string) => {
      asked.push(method);
      return answer(method);
    },
  });
  expect(await fills.of(step, view, { positions: nothing, block: 7 })).toEqual({ kind: 'unknown' });
  const first = asked.length;
  expect(await fills.of(step, view, { positions: nothing, block: 8 })).toEqual({ kind: 'unknown' });
  expect(asked).toHaveLength(first);
});

it('asks again where the node failed', async () => {
  let asked = 0;
  const fills = new ChainFills({
    send: async () => {
      asked += 1;
      throw new Error('too many requests');
    },
  });
  for (const block of [7, 8])
    expect(await fills.of(step, view, { positions: nothing, block })).toEqual({ kind: 'unknown' });
  expect(asked).toBe(2);
});
