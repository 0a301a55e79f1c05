import { describe, expect, it } from '@jest/globals';
import { PolicySigner } from '@service-bots/core/wallet';
import { prizePoolInterfaces, roles } from '@service-bots/devnet';
import { Wallet } from 'ethers';
import { keeperBot } from './bot.ts';

const pool = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const other = '0x00000000000000000000000000000000DeaDBeef';
const { bot } = roles;

/** The signer, created as the runtime does for the keeper. */
const signer = new PolicySigner(new Wallet(bot.privateKey), {
  chainId: 143,
  functions: keeperBot().wallet?.functions ?? [],
  contracts: () => [pool],
  maxGas: 3_000_000n,
});
const call = (name: string, args: readonly unknown[] = [1], changes = {}) => ({
  type: 2,
  chainId: 143,
  to: pool,
  data: prizePoolInterfaces.pool.encodeFunctionData(name, args),
  value: 0n,
  nonce: 0,
  gasLimit: 200_000n,
  maxFeePerGas: 1n,
  maxPriorityFeePerGas: 1n,
  ...changes,
});

describe("the keeper's wallet", () => {
  it.each(['commit', 'settle'])('default: signs %s on a configured pool', async name => {
    await expect(signer.sign(call(name))).resolves.toMatch(/^0x02/);
  });

  it.each(
    [
      ...prizePoolInterfaces.pool.fragments.flatMap(fragment =>
        fragment.type === 'function' && !('constant' in fragment && fragment.constant)
          ? [(fragment as unknown as { name: string }).name]
          : [],
      ),
    ].filter(name => name !== 'commit' && name !== 'settle'),
  )('behavior: refuses %s', async name => {
    const { inputs } = prizePoolInterfaces.pool.getFunction(name) as { inputs: readonly { type: string }[] };
    const args = inputs.map(({ type }) => (type === 'address' ? other : 1));
    await expect(signer.sign(call(name, args))).rejects.toThrow('refused to sign: the function');
  });

  it.each([
    ['another contract', { to: other }, 'is not one of its contracts'],
    ['a transfer', { data: '0x', value: 1n }, 'the function 0x'],
    ['value with a commit', { value: 1n }, 'a value of 1 wei'],
    ['another chain', { chainId: 1 }, 'chain 1 instead of 143'],
    ['more gas than MAX_GAS', { gasLimit: 3_000_001n }, 'MAX_GAS is 3 M'],
    ['a contract creation', { to: null }, 'a contract creation'],
  ])('behavior: refuses %s', async (_, changes, why) => {
    await expect(signer.sign(call('commit', [1], changes))).rejects.toThrow(why);
  });
});
