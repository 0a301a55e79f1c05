import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Fault, faults, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { script } from './support/fakeBot.ts';
import { RuntimeWorld, rounds } from './support/runtimeWorld.ts';

const world = new RuntimeWorld();
let useless: RpcProxy;
beforeAll(async () => {
  useless = await startProxy(world.anvil);
});
afterAll(() => useless.close());

const inactive = { code: -32600, message: 'App is inactive' };

it.each<[string, Fault, RegExp]>([
  ['an error for everything', faults.rpcError(inactive), /App is inactive/],
  [
    'HTTP 401 and an error',
    faults.http(401, JSON.stringify({ jsonrpc: '2.0', id: 1, error: inactive })),
    /HTTP 401: .*App is inactive/,
  ],
  [
    'a refusal to report its chain',
    faults.rpcError({ code: -32601, message: 'the method eth_chainId is not available on your plan' }),
    /not available on your plan/,
  ],
])('an endpoint that answers %s from the start is reported with its words', async (_name, fault, words) => {
  await useless.setFault(fault);
  const bot = await world.start(script({ next: head => head + 1 }), {
    RPC_URL: `${useless.rpcUrl},${world.proxy.rpcUrl}`,
  });
  await rounds(bot, 1);
  const told = await until('it is told', () =>
    bot.alerter.open.find(({ check }) => check === 'rpc-endpoint'),
  );
  expect(told.message).toMatch(words);
  expect(told.message).toContain(`127.0.0.1:${useless.port}`);
});
