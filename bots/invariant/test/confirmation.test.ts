import { describe, expect, it } from '@jest/globals';
import type { RpcProxy } from '@service-bots/devnet';
import { toBeHex } from 'ethers';
import { alert, waitUntilChecked } from './scene.ts';
import { dai, Stage } from './stage.ts';
import { marketStateEdit } from './storage.ts';

const stage = new Stage();

describe('a critical finding', () => {
  /** Makes this endpoint show the pool as insolvent. */
  const lie = async (proxy: RpcProxy, about?: { longExposure: bigint }) => {
    const { slot, word } = await marketStateEdit(
      stage.scene.anvil,
      stage.pool,
      about ?? (await stage.insolvency()),
    );
    const stateDiff = { [toBeHex(slot, 32)]: toBeHex(word, 32) };
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_call') return undefined;
      const result = await stage.scene.anvil.send(method, [
        ...(params as unknown[]),
        { [stage.pool.address]: { stateDiff } },
      ]);
      return { result };
    });
  };

  it('that another endpoint does not see pages nobody, and says what each of them says', async () => {
    const [liar, honest] = [await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${liar.rpcUrl},${honest.rpcUrl}` });
    await waitUntilChecked(bot, await stage.head());
    await lie(liar);
    await stage.scene.anvil.time.mine();
    const told = await alert(bot, 'solvency');
    expect(told).toMatchObject({ severity: 'error' });
    expect(told.message).toMatch(/the endpoints do not agree$/);
    expect(told.secondOpinion).toContain(`127.0.0.1:${honest.port}: the check holds`);
    expect(told.secondOpinion).toContain(`127.0.0.1:${liar.port}: the pool cannot pay all its longs`);
  });

  it('that another endpoint confirms is critical, with both answers', async () => {
    const [one, two] = [await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${one.rpcUrl},${two.rpcUrl}` });
    await waitUntilChecked(bot, await stage.head());
    await stage.makeInsolvent();
    const told = await alert(bot, 'solvency');
    expect(told).toMatchObject({ severity: 'critical' });
    for (const { port } of [one, two])
      expect(told.secondOpinion).toContain(`127.0.0.1:${port}: the pool cannot pay all its longs`);
  });

  it('that one of three does not see is critical: nobody keeps people from being paged by himself', async () => {
    const [blind, one, two] = [await stage.proxied(), await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${one.rpcUrl},${blind.rpcUrl},${two.rpcUrl}` });
    await waitUntilChecked(bot, await stage.head());
    // This endpoint shows, at every block, a pool that owes nothing.
    await lie(blind, { longExposure: 0n });
    await stage.makeInsolvent();
    const told = await bot.waitForLine(
      ({ check, secondOpinion }) => check === 'solvency' && String(secondOpinion).includes('the check holds'),
    );
    expect(told).toMatchObject({ severity: 'critical' });
    expect(told.secondOpinion).toContain(`127.0.0.1:${blind.port}: the check holds`);
    for (const { port } of [one, two])
      expect(told.secondOpinion).toContain(`127.0.0.1:${port}: the pool cannot pay all its longs`);
  });

  it('that gets worse tells what came with it', async () => {
    const [one, two] = [await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${one.rpcUrl},${two.rpcUrl}` });
    await waitUntilChecked(bot, await stage.head());
    await lie(one);
    const { hash } = await stage.pool.openLong(dai('100'));
    expect((await alert(bot, 'solvency')).severity).toBe('error');
    await lie(two);
    await stage.scene.anvil.time.mine();
    const worse = await alert(bot, 'solvency', 'escalated');
    expect(worse).toMatchObject({ severity: 'critical' });
    expect(worse.changed).toEqual([expect.stringMatching(new RegExp(`^OpenLong of .*${hash}$`))]);
  });

  it('that another endpoint says nothing about is critical, and told within seconds', async () => {
    const [one, two] = [await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${one.rpcUrl},${two.rpcUrl}`, ROUND_TIMEOUT_SECONDS: '600' });
    await waitUntilChecked(bot, await stage.head());
    two.intercept(({ method }) => (method === 'eth_call' ? new Promise(() => undefined) : undefined));
    await stage.makeInsolvent();
    const told = await alert(bot, 'solvency');
    expect(told).toMatchObject({ severity: 'critical' });
    expect(told.secondOpinion).toContain(`127.0.0.1:${one.port}: the pool cannot pay all its longs`);
    expect(told.secondOpinion).toMatch(
      new RegExp(`127.0.0.1:${two.port}: .*(did not answer within 5 s|did not answer in time)$`),
    );
  });

  it('that rests on the block before: that is read again too', async () => {
    const { anvil } = stage.scene;
    const [liar, honest] = [await stage.proxied(), await stage.proxied()];
    const bot = stage.start({ RPC_URI: `${liar.rpcUrl},${honest.rpcUrl}` });
    const wrong = (await stage.head()) + 1;
    await waitUntilChecked(bot, wrong - 1);
    const { shareReserves } = await stage.pool.contract.getFunction('getMarketState').staticCall();
    const edit = await marketStateEdit(anvil, stage.pool, { shareReserves: (shareReserves as bigint) * 2n });
    const stateDiff = { [toBeHex(edit.slot, 32)]: toBeHex(edit.word, 32) };
    // According to this endpoint, the pool was worth twice as much for one block.
    liar.intercept(async ({ method, params }) => {
      const [call, tag] = params as [unknown, { blockHash?: string }];
      if (method !== 'eth_call' || !tag?.blockHash) return undefined;
      const block = await anvil.provider.getBlock(tag.blockHash);
      if (block?.number !== wrong) return undefined;
      return { result: await anvil.send(method, [call, tag, { [stage.pool.address]: { stateDiff } }]) };
    });
    await anvil.time.mine(2);
    const told = await bot.waitForLine(
      ({ check, block }) => check === 'lp-share-price' && block === wrong + 1,
    );
    expect(told).toMatchObject({ severity: 'error' });
    expect(told.secondOpinion).toContain(`127.0.0.1:${liar.port}: the LP share price fell`);
    expect(told.secondOpinion).toContain(`127.0.0.1:${honest.port}: the check holds`);
  });
});
