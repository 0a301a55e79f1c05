import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { tradingAbi } from '@service-bots/core/hyperdrive';
import { type BotProcess, type RpcProxy, roles, startProxy, until } from '@service-bots/devnet';
import { type EventLog, parseUnits, Transaction } from 'ethers';
import { baseOf, day, idle, openScene, type Scene, statusOf, waitFor } from './scene.ts';

let scene: Scene;
let relay: RpcProxy;
const rate = (percent: string) => parseUnits(percent, 16);
const pool = () => scene.pool('Month');

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene(
    [{ name: 'Month', ...month, fixedRate: rate('6'), variableRate: rate('4') }],
    'on demand',
  );
  await scene.fund(pool(), '200000');
  relay = await startProxy({ rpcUrl: scene.anvil.rpcUrl });
});
afterAll(async () => {
  await relay.close();
  await scene.close();
});

/**
 * Runs `happens` once, right before the bot's next long reaches the chain.
 * @returns the least output of that long
 */
async function beforeNextLong(happens: () => Promise<unknown>): Promise<bigint> {
  return new Promise(resolve => {
    relay.intercept(async ({ method, params }) => {
      if (method !== 'eth_sendRawTransaction') return undefined;
      const { to, data } = Transaction.from((params as string[])[0] ?? '');
      if (to?.toLowerCase() !== pool().address.toLowerCase()) return undefined;
      const call = tradingAbi.parseTransaction({ data });
      if (call?.name !== 'openLong') return undefined;
      relay.intercept(undefined);
      await happens();
      resolve(call.args._minOutput as bigint);
      return undefined;
    });
  });
}

const slippageBps = 0.5;
let bot: BotProcess;
const start = () =>
  scene.startBot({
    LP_PORTION: '0',
    SLIPPAGE_BPS: String(slippageBps),
    SEND_RPC_URL: relay.rpcUrl,
    RPC_URI: scene.anvil.rpcUrl,
    REPLACE_AFTER_BLOCKS: '1000',
  });
const reverted = ({ message, outcome }: { message?: unknown; outcome?: unknown }) =>
  message === 'transaction mined' && outcome === 'reverted';
const longsOf = async () =>
  pool().contract.queryFilter(pool().contract.filters.OpenLong?.(roles.bot.address) ?? '', 0, 'latest');

it('loses no base to a competitor who trades between simulation and inclusion, and sends to the relay alone', async () => {
  // The price of a bond rises before the bot's own trade.
  const attack = beforeNextLong(() => pool().openLong(parseUnits('20000', 18), roles.competitor.address));
  const before = await baseOf(pool());
  bot = start();
  await bot.waitForLine(reverted, 60_000);
  expect(await attack).toBeGreaterThan(0n);
  expect(await baseOf(pool())).toBe(before);
  // The bot continues with the changed pool.
  await waitFor(
    bot,
    'it trades after the attack',
    ({ pools }) => (pools[0]?.details?.positions.length ?? 0) > 0,
  );
  expect(relay.callCount('eth_sendRawTransaction')).toBeGreaterThan(2);
  expect((await statusOf(bot)).details.mode).toBe('live');
  // One trade that came first is no matter for people.
  expect(bot.output).not.toContain('alert opened');
});

it('loses at most SLIPPAGE_BPS to an attack within the bounds', async () => {
  const earlier = (await longsOf()).length;
  const attack = beforeNextLong(() => pool().openLong(parseUnits('1500', 18), roles.competitor.address));
  await pool().openShort(parseUnits('60000', 18));
  const least = await attack;
  const log = await until('the long is mined', async () => (await longsOf())[earlier]);
  const { bondAmount } = (log as EventLog).args as unknown as { bondAmount: bigint };
  const simulated = (least * 1_000_000n) / BigInt(1_000_000 - slippageBps * 100);
  expect(bondAmount).toBeGreaterThanOrEqual(least);
  // The attack must have cost something, or the test would prove nothing.
  expect(bondAmount).toBeLessThan(simulated - simulated / 1_000_000n);
});

it('pays nothing into a pool that is paused between simulation and inclusion, and leaves it alone', async () => {
  await idle(bot);
  const before = await baseOf(pool());
  const earlier = (await longsOf()).length;
  const pause = beforeNextLong(() => pool().pause());
  await pool().openShort(parseUnits('60000', 18));
  await pause;
  const status = await waitFor(bot, 'it is left alone', ({ pools }) =>
    (pools[0]?.details?.plan.join() ?? '').includes('left alone: it is paused'),
  );
  expect(await baseOf(pool())).toBe(before);
  expect(await longsOf()).toHaveLength(earlier);
  expect(status.details.halted).toBeUndefined();
  await pool().unpause();
  await until('it trades again', async () => (await longsOf()).length > earlier);
});

it('sends nothing while a simulation brings less than the plan, and raises an alert when this persists', async () => {
  await idle(bot);
  const earlier = (await longsOf()).length;
  const selector = tradingAbi.getFunction('openLong')?.selector ?? '';
  relay.intercept(async ({ method, params }) => {
    const [call] = (params ?? []) as { to?: string; data?: string; input?: string }[];
    const data = call?.data ?? call?.input ?? '';
    if (method !== 'eth_call' || !data.startsWith(selector)) return undefined;
    const answer = await scene.anvil.send('eth_call', params as unknown[]);
    const [maturity, bonds] = tradingAbi.decodeFunctionResult('openLong', String(answer));
    return { result: tradingAbi.encodeFunctionResult('openLong', [maturity, (bonds as bigint) / 2n]) };
  });
  await bot.stop();
  bot = scene.startBot({ LP_PORTION: '0', CAPITAL_PER_POOL: '200000', RPC_URI: relay.rpcUrl });
  await pool().openShort(parseUnits('60000', 18));
  const told = await waitFor(bot, 'people are told', ({ openAlerts }) =>
    openAlerts.some(({ check, message }) => check === 'pool-failing' && message.includes('it would bring')),
  );
  expect(told.pools[0]?.consecutiveErrors).toBe(1);
  expect(await longsOf()).toHaveLength(earlier);
  expect(await bot.stop()).toEqual({ code: 0, signal: null });
});
