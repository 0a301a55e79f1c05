import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type Anvil,
  faults,
  type HeartbeatSink,
  type RpcProxy,
  startAnvil,
  startHeartbeat,
  startProxy,
  until,
} from '@service-bots/devnet';
import { script } from './support/fakeBot.ts';
import { get, open, RuntimeWorld, rounds } from './support/runtimeWorld.ts';

const world = new RuntimeWorld();
/** Monad by its id: blocks every 0.4 s, a standstill after 30 s, which take 1.5 s on the bots' clock. */
let monad: Anvil;
let proxies: RpcProxy[];
let sink: HeartbeatSink;
beforeAll(async () => {
  [monad, sink] = await Promise.all([startAnvil({ chainId: 143, blockTime: 0.2 }), startHeartbeat()]);
  proxies = await Promise.all([startProxy(monad), startProxy(monad)]);
});
afterAll(async () => {
  await Promise.all([...proxies.map(proxy => proxy.close()), sink.close()]);
  await monad.stop();
});

it('a head that stands still at every endpoint is told, by alert, health, metrics and heartbeat, until it moves', async () => {
  const [first, second] = proxies as [RpcProxy, RpcProxy];
  const bot = await world.start(script({ next: head => head + 1 }), {
    RPC_URL: `${first.rpcUrl},${second.rpcUrl}`,
    HEARTBEAT_URL: sink.pingUrl('keeper'),
  });
  await rounds(bot, 3);
  await sink.waitForItem(({ kind }) => kind === 'success');
  expect((await get(bot, '/readyz')).code).toBe(200);
  await first.setFault(faults.frozen);
  await until('the other endpoint is used', () => bot.status.endpoints()[0]?.state === 'lagging');
  await second.setFault(faults.frozen);
  await until('it is told', () => open(bot, 'chain-standstill'));
  expect(open(bot, 'chain-standstill')).toMatchObject({ severity: 'critical' });
  const ready = await get(bot, '/readyz');
  expect([ready.code, (await get(bot, '/healthz')).code]).toEqual([503, 503]);
  expect(ready.body).toMatch(/^the chain or every endpoint stands still since 20/);
  expect((await get(bot, '/metrics')).body).toMatch(/^bot_head_standstill_seconds\{bot="fake"\} [1-9]/m);
  const failure = await sink.waitForItem(({ kind }) => kind === 'fail');
  expect(JSON.parse(failure.body)).toMatchObject({ standsStillSince: expect.any(String) });
  const successes = () => sink.items.filter(({ kind }) => kind === 'success').length;
  const before = successes();
  await rounds(bot, bot.status.rounds + 5);
  expect(successes()).toBe(before);
  expect(sink.items.filter(({ kind }) => kind === 'fail')).toHaveLength(1);
  await Promise.all(proxies.map(proxy => proxy.clearFault()));
  await until('it is over', () => !open(bot, 'chain-standstill'));
  expect([(await get(bot, '/readyz')).code, (await get(bot, '/healthz')).code]).toEqual([200, 200]);
  await until('the switch hears of success again', () => successes() > before);
});

it('an idle chain that mines on demand does not stand still', async () => {
  const bot = await world.start(script());
  await rounds(bot, 1);
  const startedAt = bot.status.lastRound?.endedAt ?? 0;
  await until(
    'a minute has passed on its clock',
    () => (bot.status.lastRound?.endedAt ?? 0) - startedAt > 60_000,
  );
  expect(open(bot, 'chain-standstill')).toBeUndefined();
  expect((await get(bot, '/readyz')).code).toBe(200);
});
