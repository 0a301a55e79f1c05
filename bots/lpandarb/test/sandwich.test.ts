import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { tradingAbi } from '@service-bots/core/hyperdrive';
import { type RpcProxy, roles, startProxy } from '@service-bots/devnet';
import { parseUnits, Transaction } from 'ethers';
import { baseOf, day, openScene, type Scene, statusOf, waitFor } from './scene.ts';

let scene: Scene;
let relay: RpcProxy;
const rate = (percent: string) => parseUnits(percent, 16);
const pool = () => scene.pool('Month');

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene(
    [{ name: 'Month', ...month, fixedRate: rate('6'), variableRate: rate('4') }],
    undefined,
  );
  await scene.fund(pool(), '200000');
  relay = await startProxy({ rpcUrl: scene.anvil.rpcUrl });
});
afterAll(async () => {
  await relay.close();
  await scene.close();
});

it('a competitor who trades between simulation and inclusion takes no base from the bot, and the relay alone gets what is sent', async () => {
  let attacked = 0;
  const bounds: bigint[] = [];
  relay.intercept(async ({ method, params }) => {
    if (method !== 'eth_sendRawTransaction') return undefined;
    const { to, data } = Transaction.from((params as string[])[0] ?? '');
    if (to?.toLowerCase() !== pool().address.toLowerCase()) return undefined;
    const call = tradingAbi.parseTransaction({ data });
    if (call?.name !== 'openLong' || attacked > 0) return undefined;
    attacked += 1;
    bounds.push(call.args._minOutput as bigint);
    // The price of a bond rises before the bot's own trade.
    await pool().openLong(parseUnits('20000', 18), roles.competitor.address);
    return undefined;
  });
  const before = await baseOf(pool());
  const bot = scene.startBot({
    LP_PORTION: '0',
    SEND_RPC_URL: relay.rpcUrl,
    RPC_URI: scene.anvil.rpcUrl,
    REPLACE_AFTER_BLOCKS: '1000',
  });
  await bot.waitForLine(
    ({ message, outcome }) => message === 'transaction mined' && outcome === 'reverted',
    60_000,
  );
  expect(attacked).toBe(1);
  expect(bounds[0]).toBeGreaterThan(0n);
  expect(await baseOf(pool())).toBe(before);
  // It goes on with what the pool is now.
  await waitFor(
    bot,
    'it trades after the attack',
    ({ pools }) => (pools[0]?.details?.positions.length ?? 0) > 0,
  );
  expect(relay.callCount('eth_sendRawTransaction')).toBeGreaterThan(2);
  expect((await statusOf(bot)).details.mode).toBe('live');
  await bot.stop();
});
