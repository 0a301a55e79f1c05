import { describe, expect, it } from '@jest/globals';
import { parseEther, Wallet } from 'ethers';
import { chainOf } from '../../chains/index.ts';
import type { FailoverProvider } from '../../rpc/index.ts';
import { examineWallet } from './examineWallet.ts';

const key = Wallet.createRandom();

async function textAt(chainId: number, balance: string): Promise<string> {
  const provider = { getBalance: async () => parseEther(balance) } as unknown as FailoverProvider;
  const about = { config: {}, nameOf: (name: string) => name, needsNoKey: false };
  const use = { keyVariable: 'KEY' };
  const [finding] = await examineWallet({
    ...about,
    use,
    key: new Wallet(key.privateKey),
    chain: chainOf(chainId),
    provider,
  });
  return JSON.stringify(finding);
}

const cost =
  ': below 10.0 MON it has 1 transaction in flight instead of 8, so each further action that is due at the same time waits 1.2 s more';

describe('what the doctor says of a balance', () => {
  it.each(['9.999999', '0.1', '0'])('on Monad, %s MON: what it costs in seconds', async balance => {
    expect(await textAt(143, balance)).toContain(cost);
  });

  it.each([
    ['on Monad, 10 MON', 143],
    ['on a chain that takes as many from each wallet', 1],
  ])('%s: nothing is lost by it', async (_, chainId) => {
    expect(await textAt(chainId, '10')).not.toContain('in flight');
  });
});
