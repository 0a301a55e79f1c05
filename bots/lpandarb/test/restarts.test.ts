import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Fault, faults, type RpcProxy, roles, startProxy } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { baseOf, day, haltFileOf, idle, openScene, poolOf, type Scene, waitFor } from './scene.ts';

let scene: Scene;
const rate = (percent: string) => parseUnits(percent, 16);
const pool = () => scene.pool('USDC');
const ours = roles.bot.address;
const funded = parseUnits('200000', 6);

let first: RpcProxy;

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene([
    { name: 'USDC', decimals: 6, ...month, fixedRate: rate('6'), variableRate: rate('4') },
  ]);
  await scene.fund(pool(), '200000');
  first = await startProxy({ rpcUrl: scene.anvil.rpcUrl });
});
afterAll(async () => {
  await first.close();
  await scene.close();
});

async function eventsOf(name: string): Promise<number> {
  const filter = pool().contract.filters[name];
  if (!filter) throw new Error(`the ABI has no ${name}`);
  return (await pool().contract.queryFilter(filter(ours), 0, 'latest')).length;
}

it('trades each step once though it is killed at every step with its first endpoint down, and its books are complete to the wei', async () => {
  const stateDir = scene.stateDir();
  const downs = [faults.hang, faults.refuse];
  let starts = 0;
  /** The first endpoint hangs or refuses in turn; the second endpoint is the chain. */
  const start = async () => {
    await first.setFault(downs[starts % 2] as Fault);
    starts += 1;
    return scene.startBot({
      STATE_DIR: stateDir,
      LP_PORTION: '0.1',
      RPC_URI: `${first.rpcUrl},${scene.anvil.rpcUrl}`,
    });
  };
  const handedOver = ({ message }: { message: string }) => message === 'transaction handed to the node';

  // 1. Kill the bot after each transaction that it has broadcast: two approvals, liquidity, a long.
  for (let i = 0; i < 4; i += 1) {
    const bot = await start();
    await bot.waitForLine(handedOver, 60_000);
    await bot.stop('SIGKILL');
  }
  const bot = await start();
  const status = await idle(bot);
  expect(poolOf(status, 'USDC').details.positions.map(({ side }) => side)).toEqual(['long']);
  expect([await eventsOf('AddLiquidity'), await eventsOf('OpenLong')]).toEqual([1, 1]);
  await bot.stop('SIGKILL');

  // 2. Kill the bot at each step of an unwind, with open positions.
  writeFileSync(haltFileOf(stateDir).path, 'unwind');
  for (let i = 0; i < 2; i += 1) {
    const unwinding = await start();
    await unwinding.waitForLine(handedOver, 60_000);
    await unwinding.stop('SIGKILL');
  }
  const last = await start();
  const ended = await waitFor(last, 'all is closed', each => {
    const details = poolOf(each, 'USDC')?.details;
    return (
      details?.positions.length === 0 && Number(details.lpTokens) === 0 && Number(details.approved) === 0
    );
  });
  expect([await eventsOf('CloseLong'), await eventsOf('RemoveLiquidity')]).toEqual([1, 1]);
  const { liquidity, arbitrage } = poolOf(ended, 'USDC').details.profit;
  const reported = parseUnits(liquidity ?? '', 6) + parseUnits(arbitrage ?? '', 6);
  expect((await baseOf(pool())) - funded).toBe(reported);
  await last.stop();
});
