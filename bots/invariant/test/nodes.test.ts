import { expect, it } from '@jest/globals';
import { faults, until } from '@service-bots/devnet';
import { alert, alertsOf, type statusOf, waitUntilChecked } from './scene.ts';
import { dai, Stage } from './stage.ts';

const stage = new Stage();

/** Returns the states of the endpoints in `/status`. */
const endpointsOf = async (bot: Parameters<typeof statusOf>[0]) =>
  (await bot.status<{ endpoints: { state: string; head?: number }[] }>()).endpoints;

it('trades are checked on nodes that have the headers two seconds before the logs', async () => {
  const { anvil } = stage.scene;
  const proxies = [await stage.proxied(), await stage.proxied()];
  const bot = stage.start({
    RPC_URI: proxies.map(({ rpcUrl }) => rpcUrl).join(','),
    INVARIANCE_CHECK_TIME: '3600',
  });
  await waitUntilChecked(bot, await stage.head());
  for (const proxy of proxies) await proxy.setFault(faults.lateLogs(2_000));
  // The pool holds ETH only in the block of a trade: an overlooked trade is never reported.
  await stage.pool.openLong(dai('100'));
  const traded = await stage.head();
  await anvil.setBalance(stage.pool.address, 1n);
  await anvil.time.mine();
  await anvil.setBalance(stage.pool.address, 0n);
  await anvil.time.mine(3);
  expect(await alert(bot, 'eth-balance')).toMatchObject({ block: traded });
});

it.each(['first', 'last'])(
  'an endpoint that tells a head of 30,000,000 more, %s of two, changes nothing',
  async where => {
    const liar = await stage.proxied();
    const honest = await stage.proxied();
    const order = where === 'first' ? [liar, honest] : [honest, liar];
    const bot = stage.start({ RPC_URI: order.map(({ rpcUrl }) => rpcUrl).join(',') });
    await waitUntilChecked(bot, await stage.head());
    await liar.setFault(faults.lyingHead(30_000_000, 'latest'));
    const at = where === 'first' ? 0 : 1;
    await until('it is told apart', async () => (await endpointsOf(bot))[at]?.state === 'implausible');
    await stage.scene.anvil.time.mine(5);
    await stage.makeInsolvent();
    await stage.scene.anvil.time.mine();
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
    const { head, details } = await waitUntilChecked(bot, await stage.head());
    expect(head.number).toBe(await stage.head());
    expect(details.skipped).toBe(0);
    expect(alertsOf(bot, 'blocks-skipped')).toEqual([]);
  },
);

it('blocks are caught up on through a node that refuses large batches and calls in words of its own', async () => {
  const proxy = await stage.proxied();
  const bot = stage.start({ RPC_URI: proxy.rpcUrl });
  await waitUntilChecked(bot, await stage.head());
  await proxy.setFault(faults.http500);
  await stage.scene.anvil.time.mine(40);
  const words = { code: -32000, message: 'batch limit 8 exceeded (can increase by --rpc.batch.limit)' };
  await proxy.setFault(faults.refusesLarge({ calls: 8, bytes: 9_000 }, { whole: words }));
  const { details } = await waitUntilChecked(bot, await stage.head());
  expect(details).toMatchObject({ waiting: 0, skipped: 0 });
});
