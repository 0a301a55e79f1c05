import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type Fault,
  faults,
  type RpcProxy,
  roles,
  startProxy,
  until,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { baseOf, day, haltFileOf, idle, openScene, poolOf, type Scene, waitFor } from './scene.ts';

let scene: Scene;
const rate = (percent: string) => parseUnits(percent, 16);
const ours = roles.bot.address;
const funded = parseUnits('200000', 6);

let first: RpcProxy;

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene([
    { name: 'long', decimals: 6, ...month, fixedRate: rate('6'), variableRate: rate('4') },
    { name: 'short', decimals: 6, ...month, fixedRate: rate('4'), variableRate: rate('8') },
  ]);
  for (const name of ['long', 'short']) await scene.fund(scene.pool(name), '200000');
  first = await startProxy({ rpcUrl: scene.anvil.rpcUrl });
});
afterAll(async () => {
  await first.close();
  await scene.close();
});

it.each([
  ['long', '9', 'OpenLong', 'CloseLong'],
  ['short', '1', 'OpenShort', 'CloseShort'],
] as const)(
  'trades each step once with a %s though it is killed at every step with its first endpoint down, and its books are complete to the wei',
  async (side, turnedRate, opened, closed) => {
    const pool = scene.pool(side);
    const stateDir = scene.stateDir();
    const eventsOf = async (name: string): Promise<number> => {
      const filter = pool.contract.filters[name];
      if (!filter) throw new Error(`the ABI has no ${name}`);
      return (await pool.contract.queryFilter(filter(ours), 0, 'latest')).length;
    };
    const downs = [faults.hang, faults.refuse];
    let starts = 0;
    /** The first endpoint hangs or refuses in turn; the second endpoint is the chain. */
    const start = async (): Promise<BotProcess> => {
      await first.setFault(downs[starts % 2] as Fault);
      starts += 1;
      return scene.startBot({
        LPANDARB_POOLS: pool.address,
        STATE_DIR: stateDir,
        LP_PORTION: '0.1',
        MAX_LOSS_PER_DAY: '1',
        MAX_DRAWDOWN: '1',
        RPC_URI: `${first.rpcUrl},${scene.anvil.rpcUrl}`,
      });
    };
    /** Kills a new process after the next transaction that it has broadcast. */
    const killAfterNext = async () => {
      const bot = await start();
      await bot.waitForLine(({ message }) => message === 'transaction handed to the node', 60_000);
      await bot.stop('SIGKILL');
    };

    // 1. Kill the bot after each transaction that it has broadcast: two approvals, liquidity, a position.
    for (let i = 0; i < 4; i += 1) await killAfterNext();
    const bot = await start();
    const status = await idle(bot);
    expect(poolOf(status, side).details.positions.map(each => each.side)).toEqual([side]);
    expect([await eventsOf('AddLiquidity'), await eventsOf(opened)]).toEqual([1, 1]);
    await bot.stop('SIGKILL');

    // 2. Kill the bot when it has begun to close the open position, since the rates have turned.
    await pool.setVariableRate(rate(turnedRate));
    await killAfterNext();
    await until('the close is mined', async () => (await eventsOf(closed)) === 1);

    const turned = await start();
    expect(poolOf(await idle(turned), side).details.positions.length).toBeGreaterThan(0);
    await turned.stop('SIGKILL');

    // 3. Kill the bot at each step of an unwind, with a position and liquidity open.
    writeFileSync(haltFileOf(stateDir).path, 'unwind');
    for (let i = 0; i < 2; i += 1) await killAfterNext();
    const last = await start();
    const ended = await waitFor(last, 'all is closed', each => {
      const details = poolOf(each, side)?.details;
      return (
        details?.positions.length === 0 && Number(details.lpTokens) === 0 && Number(details.approved) === 0
      );
    });
    expect(await eventsOf('RemoveLiquidity')).toBe(1);
    const { liquidity, arbitrage } = poolOf(ended, side).details.profit;
    const reported = parseUnits(liquidity ?? '', 6) + parseUnits(arbitrage ?? '', 6);
    expect((await baseOf(pool)) - funded).toBe(reported);
    await last.stop();
  },
  240_000,
);
