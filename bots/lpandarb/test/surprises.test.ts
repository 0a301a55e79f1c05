import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { tradingAbi } from '@service-bots/core/hyperdrive';
import type { RoundReport } from '@service-bots/core/runtime';
import { assetId, interfaces, type RpcProxy, roles, startProxy, transact } from '@service-bots/devnet';
import { Interface, parseUnits } from 'ethers';
import { Ledger } from '../src/ledger/Ledger.ts';
import { baseOf, day, haltFileOf, openScene, type PoolStatus, type Scene } from './scene.ts';
import { figuresIn } from './support/openMonthBot.ts';

let scene: Scene;
let proxy: RpcProxy;
const ours = roles.bot.address;
const names = [
  'Used',
  'Later',
  'Copies',
  'Ahead',
  'Fees',
  'Least',
  'Lies',
  'Dust',
  'Relisted',
  'Reorg',
  'Approval',
];
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (whole: string) => parseUnits(whole, 18);
const gwei = 10n ** 9n;
const pool = (name: string) => scene.pool(name);

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  const off = { ...month, fixedRate: rate('6'), variableRate: rate('4') };
  const pools = names.map(name => ({
    name,
    ...off,
    ...(name === 'Least' ? { minimumTransactionAmount: unit('10') } : {}),
  }));
  scene = await openScene(pools, 'on demand');
  for (const name of names) await scene.fund(pool(name), '200000');
  proxy = await startProxy({ rpcUrl: scene.anvil.rpcUrl });
});
afterEach(() => scene.killBots());
afterAll(async () => {
  await proxy.close();
  await scene.close();
});

const openOn = (name: string, env: Record<string, string> = {}) =>
  scene.openHere({
    LPANDARB_POOLS: pool(name).address,
    LP_PORTION: '0.1',
    MAX_LOSS_PER_DAY: '1',
    MAX_DRAWDOWN: '1',
    ...env,
  });
const detailsIn = ({ targets }: RoundReport) => targets[0]?.details as PoolStatus['details'];
const profitIn = (report: RoundReport) => Number(detailsIn(report).profit.all);
const closed = { positions: [], lpTokens: '0.0', withdrawalShares: '0.0' };

describe('the books', () => {
  it('hold the trades that a person makes with the wallet while the bot runs', async () => {
    const funded = await baseOf(pool('Used'));
    const bot = await openOn('Used');
    await bot.settle();
    const change = async () => (await baseOf(pool('Used'))) - funded;
    const own = await pool('Used').openLong(unit('500'), ours);
    expect(figuresIn(await bot.settle(), 18).booked).toBe(await change());
    await pool('Used').closeLong(own.maturity, own.bonds / 2n, ours);
    const report = await bot.settle();
    expect(figuresIn(report, 18).booked).toBe(await change());
    // The person's trades cost their fees, and no position appeared from nowhere.
    expect(Math.abs(profitIn(report))).toBeLessThan(50);
    expect(bot.lines.filter(({ message }) => message.startsWith('trade booked'))).toHaveLength(2);
  });

  it('count the positions of a pool that is listed later as neither profit nor loss', async () => {
    const env = { STATE_DIR: scene.stateDir(), LP_PORTION: '0', MAX_POSITION: '1' };
    await (await openOn('Used', env)).settle();
    await scene.killBots();
    await pool('Later').openLong(unit('5000'), ours);
    await pool('Later').addLiquidity(unit('7000'), ours);
    const both = [pool('Used'), pool('Later')].map(({ address }) => address).join();
    const report = await (await openOn('Used', { ...env, LPANDARB_POOLS: both })).round();
    const later = report.targets.find(({ address }) => address === pool('Later').address);
    const { profit, worth } = (later?.details ?? {}) as PoolStatus['details'];
    expect(Number(worth.liquidity) + Number(worth.bonds)).toBeGreaterThan(11_900);
    expect(Number(profit.all)).toBe(0);
  });

  it('hold what a person closes in a pool while it is delisted, not in the list, and listed again', async () => {
    const relisted = pool('Relisted');
    const [funded, env] = [await baseOf(relisted), { STATE_DIR: scene.stateDir(), LP_PORTION: '0.5' }];
    const change = async () => (await baseOf(relisted)) - funded;
    const planIn = (report: RoundReport) => detailsIn(report).plan.join();
    // 1. The registry drops the pool, and the person closes half of the long.
    const bot = await openOn('Relisted', env);
    const [{ maturity, bonds } = { maturity: 0, bonds: 0n }] = (await bot.settle()).targets
      .flatMap(each => each.details?.positions as { matures: string; bonds: string }[])
      .map(each => ({ maturity: Date.parse(each.matures) / 1000, bonds: unit(each.bonds) }));
    await scene.devnet.unregisterPool(relisted.address);
    await bot.discover();
    await relisted.closeLong(maturity, bonds / 2n, ours);
    const delisted = await bot.settle();
    expect(planIn(delisted)).toContain('the registry does not list it');
    expect(figuresIn(delisted, 18).booked).toBe(await change());
    await scene.killBots();

    // 2. The operator takes it out of the list, and the person closes the rest: the long is paid in vault shares.
    const without = await openOn('Used', env);
    const failing = async () =>
      (await without.round()).observations
        .filter(each => each.check === 'lpandarb-left-alone' && each.pool === relisted.address)
        .map(each => each.failing);
    expect(await failing()).toEqual([true]);
    const inShares = [maturity, bonds - bonds / 2n, 0n, [ours, false, '0x']];
    const target = { address: relisted.address, abi: tradingAbi };
    const { logs } = await transact(scene.anvil, ours, target, 'closeLong', inShares);
    const paid = logs.flatMap(log => relisted.contract.interface.parseLog(log)?.args.toObject(true) ?? []);
    const { amount, vaultSharePrice } = paid.find(({ bondAmount }) => bondAmount !== undefined) as Record<
      'amount' | 'vaultSharePrice',
      bigint
    >;
    await relisted.removeLiquidity(await relisted.balanceOf('lp', ours), ours);
    expect(await failing()).toEqual([false]);
    await scene.killBots();

    // 3. Registry and operator list it again.
    await scene.devnet.registerPools([relisted.address]);
    const again = await openOn('Relisted', env);
    const report = await again.settle();
    expect(figuresIn(report, 18).booked).toBe((await change()) + (amount * vaultSharePrice) / unit('1'));
    expect(again.kindsSince()).toContain('add-liquidity');
    expect(Math.abs(profitIn(report))).toBeLessThan(50);
    expect(again.lines.some(({ message }) => message.includes('they were transferred'))).toBe(false);
  });

  it('of two copies with separate state folders each hold the trades of both', async () => {
    const funded = await baseOf(pool('Copies'));
    const copies = [await openOn('Copies'), await openOn('Copies')] as const;
    for (let i = 0; i < 12; i += 1) for (const copy of copies) await copy.round();
    await pool('Copies').setVariableRate(rate('5'));
    for (let i = 0; i < 12; i += 1) for (const copy of copies) await copy.round();
    const change = (await baseOf(pool('Copies'))) - funded;
    for (const copy of copies) {
      const report = await copy.settle();
      expect(figuresIn(report, 18).booked).toBe(change);
      expect(detailsIn(report).positions.length).toBeLessThanOrEqual(2);
    }
    // Each limit of capital holds for both together, since positions are read from the chain.
    expect(-change).toBeLessThanOrEqual(unit('100000'));
  });

  it('lose the trades and the gas that a reorg takes away', async () => {
    const funded = await baseOf(pool('Reorg'));
    const bot = await openOn('Reorg');
    await bot.settle();
    await pool('Reorg').setVariableRate(rate('9'));
    const [before, trades] = [await scene.anvil.provider.getBlockNumber(), bot.done.length];
    const { profit } = detailsIn(await bot.settle());
    const depth = (await scene.anvil.provider.getBlockNumber()) - before;
    expect(bot.done.length - trades).toBeGreaterThan(0);
    await scene.anvil.send('anvil_rollback', [depth]);
    await pool('Reorg').setVariableRate(rate('4'));
    await scene.anvil.time.mine(depth + 1);
    const report = await bot.settle();
    expect(figuresIn(report, 18).booked).toBe((await baseOf(pool('Reorg'))) - funded);
    expect(Number(detailsIn(report).profit.gas)).toBeLessThan(Number(profit.gas));
    expect(bot.lines.map(({ message }) => message)).toContain(
      'transactions are no longer on the chain as they were booked: a reorg',
    );
  });

  it('lose the gas of an approval that a reorg takes away, though the positions stay', async () => {
    const bot = await openOn('Approval');
    writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
    const token = { address: await pool('Approval').asset.getAddress(), abi: interfaces.token };
    const gasBooked = async () => Number(detailsIn(await bot.round()).profit.gas);
    await transact(scene.anvil, ours, token, 'approve(address,uint256)', [pool('Approval').address, 1n]);
    await bot.settle();
    expect(bot.done.map(({ what }) => what)).toEqual(['approve 0 base for Approval']);
    const gas = await gasBooked();
    expect(gas).toBeGreaterThan(0);
    const raw = await scene.anvil.send('eth_getRawTransactionByHash', [bot.done[0]?.hash]);
    // The person's approval goes as well, so that nothing has to be revoked again.
    await scene.anvil.send('anvil_rollback', [2]);
    await scene.anvil.time.mine(3);
    expect(await gasBooked()).toBe(0);
    // Only a moment later a miner takes both again.
    await transact(scene.anvil, ours, token, 'approve(address,uint256)', [pool('Approval').address, 1n]);
    await scene.anvil.send('eth_sendRawTransaction', [raw]);
    await scene.anvil.time.mine();
    expect(await gasBooked()).toBeCloseTo(gas, 5);
  });

  it('ahead of the chain stop all trades, and an alert says so', async () => {
    const stateDir = scene.stateDir();
    const ledger = new Ledger(join(stateDir, 'lpandarb-31337.sqlite'));
    const trade = { hash: '0x1', log: 0, block: 10_000_000, time: 1, pool: pool('Ahead').address };
    const nothing = { side: undefined, maturity: undefined, withdrawal: 0n, received: 0n, fees: 0n };
    ledger.book({ ...trade, ...nothing, kind: 'add-liquidity', amount: 1n, paid: 1n });
    ledger.close();
    const bot = await openOn('Ahead', { STATE_DIR: stateDir });
    const alerts = async () =>
      (await bot.round()).observations.filter(({ check, failing }) => check === 'lpandarb-ledger' && failing);
    // An endpoint may lag for a while.
    expect(await alerts()).toEqual([]);
    bot.aheadMs = 6 * 60_000;
    expect(await alerts()).toMatchObject([
      { message: expect.stringContaining('STATE_DIR is the wrong one') },
    ]);
    expect(bot.done).toEqual([]);
  });
});

describe('an unwind', () => {
  it('waits while gas costs more than the cap, and continues when it costs less', async () => {
    const bot = await openOn('Fees');
    await bot.settle();
    const before = bot.done.length;
    writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
    await scene.anvil.time.setNextBaseFee(9_000n * gwei);
    await scene.anvil.time.mine();
    const { targets } = await bot.round();
    expect(String(targets[0]?.error)).toMatch(/fee|gas/i);
    expect(bot.done).toHaveLength(before);
    await scene.anvil.time.setNextBaseFee(gwei);
    await scene.anvil.time.mine();
    bot.aheadMs += 3_000;
    expect(detailsIn(await bot.settle())).toMatchObject(closed);
  });

  it('removes no liquidity while the node simulates that it pays nothing, or more than it does', async () => {
    const bot = await openOn('Lies', { LP_PORTION: '1', RPC_URI: proxy.rpcUrl });
    await bot.settle();
    const before = await baseOf(pool('Lies'));
    const selector = tradingAbi.getFunction('removeLiquidity')?.selector ?? '';
    let lie = (_amount: bigint) => 0n;
    proxy.intercept(async ({ method, params }) => {
      const [call] = (params ?? []) as { data?: string; input?: string }[];
      if (method !== 'eth_call' || !(call?.data ?? call?.input ?? '').startsWith(selector)) return undefined;
      const answer = await scene.anvil.send('eth_call', params as unknown[]);
      const [amount, shares] = tradingAbi.decodeFunctionResult('removeLiquidity', String(answer));
      const result = tradingAbi.encodeFunctionResult('removeLiquidity', [lie(amount as bigint), shares]);
      return { result };
    });
    writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
    let last: RoundReport | undefined;
    for (let i = 0; i < 3; i += 1, bot.aheadMs += 60_000) last = await bot.round();
    expect(String(last?.targets[0]?.error)).toContain('it would bring 0 instead of at least');
    // The bounds of a transaction come from the simulation, so the pool refuses what it cannot pay.
    lie = amount => amount * 2n;
    last = await bot.round();
    expect(last.targets[0]?.error).toBeDefined();
    expect(await baseOf(pool('Lies'))).toBe(before);
    expect(await pool('Lies').balanceOf('lp', ours)).toBeGreaterThan(0n);

    proxy.intercept(undefined);
    bot.aheadMs += 600_000;
    expect(detailsIn(await bot.settle())).toMatchObject(closed);
  });

  it('ends although a stranger has sent positions that are too small to close', async () => {
    const bot = await openOn('Dust');
    await bot.settle();
    const { maturity, bonds } = await pool('Dust').openLong(unit('10'));
    const abi = new Interface([
      'function transferFrom(uint256 id, address from, address to, uint256 amount)',
    ]);
    const target = { address: pool('Dust').address, abi };
    const from = roles.trader.address;
    await pool('Dust').addLiquidity(unit('10'), from);
    for (const id of [assetId('long', maturity), assetId('lp')])
      await transact(scene.anvil, from, target, 'transferFrom', [id, from, ours, 7n]);
    await bot.settle();
    expect(bot.lines.some(({ message }) => message.includes('they were transferred'))).toBe(true);
    writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
    await bot.settle();
    // While the trader's long is open, the contract pays nothing for the removed liquidity.
    await pool('Dust').closeLong(maturity, bonds - 7n);
    expect(detailsIn(await bot.settle())).toMatchObject(closed);
    expect(await baseOf(pool('Dust'))).toBeGreaterThan(unit('199900'));
  });
});

it('trades the least amount of a pool, although the rest of an earlier approval is a little smaller', async () => {
  const { asset, address } = pool('Least');
  const token = { address: await asset.getAddress(), abi: interfaces.token };
  await transact(scene.anvil, ours, token, 'approve', [address, unit('9.9')]);
  const bot = await openOn('Least', { CAPITAL_PER_POOL: '10.4', LP_PORTION: '1', NATIVE_IN_BASE: '0.001' });
  await bot.settle();
  expect(bot.kindsSince()).toEqual(['approve', 'add-liquidity']);
});
