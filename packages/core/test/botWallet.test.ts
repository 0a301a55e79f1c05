import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { Interface, Wallet } from 'ethers';
import { poolA, script } from './support/fakeBot.ts';
import { open, RuntimeWorld, rounds } from './support/runtimeWorld.ts';

const world = new RuntimeWorld();

describe('the wallet of a bot', () => {
  const functions = ['touch(uint256 id)'];
  const timeout = { ROUND_TIMEOUT_SECONDS: '10' };

  it('behavior: without a key on a local chain it is a throwaway one, funded there, and that is said', async () => {
    const play = script();
    const bot = await world.start(play, timeout, functions);
    await rounds(bot, 1);
    const address = play.context?.sender?.address ?? '';
    expect(await world.anvil.provider.getBalance(address)).toBe(100n * 10n ** 18n);
    expect(
      world.logged('no key is given: using a throwaway wallet, funded on this local development chain'),
    ).toMatchObject({ level: 'warning', address });
  });

  it('behavior: a node that is silent for a while at the start is no reason to ask for a key', async () => {
    let isSilent = true;
    world.proxy.intercept(async ({ method }) => {
      if (method === 'web3_clientVersion' && isSilent) {
        isSilent = false;
        throw new Error('the proxy breaks down');
      }
      return undefined;
    });
    const bot = await world.start(script(), timeout, functions);
    await rounds(bot, 1);
    expect(isSilent).toBe(false);
  });

  it('behavior: a state folder that cannot be used does not end the bot: it is critical, and only idempotent calls are sent', async () => {
    const file = join(world.stateDir, 'a-file');
    await writeFile(file, '');
    const play = script();
    const bot = await world.start(play, { STATE_DIR: join(file, 'state'), ...timeout }, functions);
    await rounds(bot, 1);
    expect(open(bot, 'state-unusable')).toMatchObject({
      severity: 'critical',
      message: expect.stringContaining('sends only transactions that do no harm when two copies send them'),
    });
    const abi = new Interface(['function touch(uint256 id)']);
    const call = { label: 'x', to: poolA, data: abi.encodeFunctionData('touch', [1]), abi };
    await expect(play.context?.sender?.send(call)).rejects.toThrow('the journal cannot be written');
    expect(await play.context?.sender?.send({ ...call, idempotent: true })).toMatchObject({
      status: 'mined',
    });
    // The journal's own failure does not hide the meaning of the missing lease.
    expect(open(bot, 'state-unusable')?.message).toContain('whether another copy is at work');
  });

  it('behavior: its functions are the only ones it may call, on its pools only', async () => {
    const play = script();
    const bot = await world.start(play, timeout, functions);
    await rounds(bot, 1);
    const abi = new Interface(['function touch(uint256 id)', 'function other()']);
    const send = (to: string, data: string) => play.context?.sender?.send({ label: 'x', to, data, abi });
    const touch = abi.encodeFunctionData('touch', [1]);
    await expect(send(poolA, abi.encodeFunctionData('other'))).rejects.toThrow(
      'refused to sign: the function',
    );
    await expect(send(`0x${'cc'.repeat(20)}`, touch)).rejects.toThrow('not one of its contracts');
    expect(open(bot, 'policy-violation')).toMatchObject({ severity: 'critical' });
    expect(await send(poolA, touch)).toMatchObject({ status: 'mined' });
  });

  it('behavior: no round begins before what an earlier process sent is resolved', async () => {
    const key = Wallet.createRandom().privateKey;
    const { address } = new Wallet(key);
    await world.anvil.send('anvil_setBalance', [address, '0xde0b6b3a7640000']);
    await world.anvil.time.setAutomine(false);
    // The transaction is in the mempool, and in no journal.
    const transaction = {
      type: 2,
      chainId: world.anvil.chainId,
      nonce: 0,
      to: poolA,
      gasLimit: 21_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 1n,
    };
    const raw = await new Wallet(key).signTransaction(transaction);
    await world.anvil.send('eth_sendRawTransaction', [raw]);
    const play = script();
    const env = { ...timeout, FAKE_BOT_KEY: key, REPLACE_AFTER_BLOCKS: '10000' };
    const bot = await world.start(play, env, functions);
    await until('noticed', () =>
      world.logged('transactions of this wallet are in flight that this bot did not send'),
    );
    expect(play.rounds).toBe(0);
    await world.anvil.time.setAutomine(true);
    await world.anvil.time.mine();
    await rounds(bot, 1);
    expect(await world.anvil.provider.getTransactionCount(address)).toBe(1);
  });
});
