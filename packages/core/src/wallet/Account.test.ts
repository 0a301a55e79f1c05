import { describe, expect, it } from '@jest/globals';
import { toBeHex } from 'ethers';
import { chainOf } from '../chains/index.ts';
import { systemClock } from '../clock/index.ts';
import { Account } from './Account.ts';

const mon = 10n ** 18n;
const delegated = `0xef0100${'12'.repeat(20)}`;

/** Returns how many transactions may be in flight on this chain, with this code and balance. */
async function limit(chainId: number, code: unknown, balance: unknown): Promise<number> {
  const provider = {
    async send(method: string) {
      const answer = method === 'eth_getCode' ? code : balance;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const account = new Account({ provider, chain: chainOf(chainId), clock: systemClock, address: '0x12' });
  await account.refresh();
  return account.maxInFlight;
}

describe('maxInFlight', () => {
  it.each([
    ['mainnet', 1, '0x', '0x0', 16],
    ['mainnet, delegated', 1, delegated, '0x0', 1],
    ['mainnet, delegated, in upper case', 1, delegated.toUpperCase().replace('0X', '0x'), '0x0', 1],
    ['mainnet, no answer', 1, new Error('down'), new Error('down'), 16],
    ['Monad, below 10 MON', 143, '0x', toBeHex(10n * mon - 1n), 1],
    ['Monad, 10 MON', 143, '0x', toBeHex(10n * mon), 8],
    ['Monad, 10 MON, delegated', 143, delegated, toBeHex(10n * mon), 1],
    ['Monad, no answer', 143, '0x', new Error('down'), 1],
    ['Monad, an answer that is no balance', 143, '0x', null, 1],
  ])('%s', async (_, chainId, code, balance, expected) => {
    expect(await limit(chainId, code, balance)).toBe(expected);
  });
});
