import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
import { roles } from '@service-bots/devnet';
import { type EventLog, parseUnits } from 'ethers';
import { day, openScene, type PoolStatus, type Scene } from './scene.ts';

let scene: Scene;
const ours = roles.bot.address;
const names = ['Trades', 'Gas', 'Loss', 'Cool', 'Sizes', 'Share', 'All'];
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (whole: string) => parseUnits(whole, 18);

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  const off = { ...month, fixedRate: rate('6'), variableRate: rate('4') };
  const pools = [...names.map(name => ({ name, ...off })), { name: 'All 2', onVaultOf: 'All', ...off }];
  scene = await openScene(pools, 'on demand');
  for (const name of names) await scene.fund(scene.pool(name), '200000');
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const openOn = (name: string, env: Record<string, string>) =>
  scene.openHere({
    LPANDARB_POOLS: scene.pool(name).address,
    LP_PORTION: '0.1',
    MAX_LOSS_PER_DAY: '1',
    MAX_DRAWDOWN: '1',
    ...env,
  });
const detailsIn = ({ targets }: RoundReport) => targets[0]?.details as PoolStatus['details'];
const noNewRiskIn = ({ details }: RoundReport) => String(details?.noNewRisk);
const sides = (report: RoundReport) => detailsIn(report).positions.map(({ side }) => side);
const events = async (pool: string, name: string) => {
  const { contract } = scene.pool(pool);
  const filter = contract.filters[name];
  if (!filter) throw new Error(`the ABI has no ${name}`);
  return (await contract.queryFilter(filter(ours))) as EventLog[];
};
const sumOf = (logs: readonly EventLog[], argument: string) =>
  logs.reduce((sum, { args }) => sum + (args[argument] as bigint), 0n);

describe('a limit over time, reached on the chain', () => {
  it('TRADES_PER_HOUR: the next trade waits until the hour has passed', async () => {
    const bot = await openOn('Trades', { TRADES_PER_HOUR: '1' });
    const reached = await bot.settle();
    expect(noNewRiskIn(reached)).toBe('1 trades within an hour; TRADES_PER_HOUR allows 1');
    expect(Number(detailsIn(reached).lpTokens)).toBeGreaterThan(0);
    expect(sides(reached)).toEqual([]);
    await scene.anvil.time.increase(3_700);
    expect(sides(await bot.settle())).toEqual(['long']);
  });

  it('MAX_GAS_COST_PER_DAY: nothing new is sent until the day has passed', async () => {
    const before = await scene.anvil.provider.getTransactionCount(ours);
    const bot = await openOn('Gas', { MAX_GAS_COST_PER_DAY: '0.000000000000000001' });
    expect(noNewRiskIn(await bot.settle())).toMatch(/^gas cost 0\.\d+ within a day/);
    // The approval cost more than the limit, so the trade that needs it was not sent.
    expect(await scene.anvil.provider.getTransactionCount(ours)).toBe(before + 1);
    await scene.anvil.time.increase(day + 60);
    expect(Number(detailsIn(await bot.settle()).lpTokens)).toBeGreaterThan(0);
  });

  it('MAX_LOSS_PER_DAY: a loss of the vault stops new trades until it is a day old', async () => {
    const bot = await openOn('Loss', { LP_PORTION: '0.5', MAX_LOSS_PER_DAY: '0.005' });
    await bot.settle();
    await scene.pool('Loss').loseVaultAssets(2);
    const reached = await bot.settle();
    expect(noNewRiskIn(reached)).toMatch(/lost within a day; MAX_LOSS_PER_DAY allows 0\.500 %$/);
    expect(reached.details?.halted).toBeUndefined();
    // The next mark of the ledger records the loss. A day later the loss no longer counts.
    await scene.anvil.time.increase(1_000);
    await bot.settle();
    await scene.anvil.time.increase(day + 60);
    expect((await bot.settle()).details?.noNewRisk).toBeUndefined();
  });

  it('COOL_DOWN_SECONDS: no position is opened for this time after a close at a loss', async () => {
    const bot = await openOn('Cool', { COOL_DOWN_SECONDS: '7200' });
    expect(sides(await bot.settle())).toEqual(['long']);
    // The fixed rate is below the new variable rate, so the long is closed, and pays less than it cost.
    await scene.pool('Cool').setVariableRate(rate('9'));
    const cooling = await bot.settle();
    expect(noNewRiskIn(cooling)).toMatch(/^a position was closed at a loss, and new trades wait \d+ s$/);
    expect(sides(cooling)).not.toContain('short');
    expect(detailsIn(cooling).plan.join()).toContain('a position was closed at a loss');
    await scene.anvil.time.increase(7_300);
    expect(sides(await bot.settle())).toContain('short');
  });
});

describe('a size limit, reached on the chain', () => {
  it('MAX_TRADE bounds each trade, MAX_POSITION all bonds of a side, and CAPITAL_PER_POOL the liquidity', async () => {
    const bot = await openOn('Sizes', {
      CAPITAL_PER_POOL: '20000',
      LP_PORTION: '0.5',
      MAX_TRADE: '1000',
      MAX_POSITION: '2500',
    });
    await bot.settle();
    const longs = await events('Sizes', 'OpenLong');
    const paid = longs.map(({ args }) => args.amount as bigint);
    expect(paid.every(amount => amount <= unit('1000'))).toBe(true);
    // Two whole trades, and a third one that the limit of the position cuts.
    expect(paid.filter(amount => amount > unit('999.999'))).toHaveLength(2);
    expect(sumOf(longs, 'bondAmount')).toBeLessThanOrEqual(unit('2500'));
    expect(sumOf(longs, 'bondAmount')).toBeGreaterThan(unit('2499'));
    expect((await events('Sizes', 'AddLiquidity')).map(({ args }) => args.amount)).toEqual([unit('10000')]);
  });

  it("MAX_LIQUIDITY_SHARE bounds the bot's part of the pool's liquidity, and its bonds of a side", async () => {
    const bot = await openOn('Share', { LP_PORTION: '0.5', MAX_LIQUIDITY_SHARE: '0.01' });
    const { plan } = detailsIn(await bot.settle());
    const { contract } = scene.pool('Share');
    const all: bigint = await contract.getFunction('totalSupply').staticCall(0n);
    const own = await scene.pool('Share').balanceOf('lp', ours);
    expect(own * 100n).toBeLessThanOrEqual(all);
    expect(own * 1_000n).toBeGreaterThan(all * 9n);
    const { lpSharePrice } = await contract.getFunction('getPoolInfo').staticCall();
    const worth = (all * (lpSharePrice as bigint)) / 10n ** 18n;
    const bonds = sumOf(await events('Share', 'OpenLong'), 'bondAmount');
    expect(bonds * 100n).toBeLessThanOrEqual(worth);
    expect(bonds * 1_000n).toBeGreaterThan(worth * 9n);
    expect(plan.join()).toContain('the limits leave');
  });

  it('CAPITAL_IN_ALL bounds all pools of a token together, also while one of them cannot be read', async () => {
    const pools = [scene.pool('All'), scene.pool('All 2')];
    const env = {
      LPANDARB_POOLS: pools.map(({ address }) => address).join(),
      CAPITAL_PER_POOL: '20000',
      CAPITAL_IN_ALL: '30000',
      LP_PORTION: '1',
    };
    const added = async () =>
      (await Promise.all(['All', 'All 2'].map(name => events(name, 'AddLiquidity')))).map(logs =>
        sumOf(logs, 'amount'),
      );
    // 1. The first pool alone takes its own capital.
    const [first, second] = pools.map(({ address }) => address) as [string, string];
    await (await openOn('All', { ...env, LPANDARB_POOLS: first })).settle();
    await scene.killBots();
    expect(await added()).toEqual([unit('20000'), 0n]);

    // 2. The first pool cannot be read. It may hold all of its capital, so the second gets the rest alone.
    const code = await scene.anvil.send('eth_getCode', [first, 'latest']);
    await scene.anvil.send('anvil_setCode', [first, '0x60006000fd']);
    const bot = await openOn('All', env);
    expect(bot.pools.map(({ address }) => address)).toEqual([second]);
    await bot.settle();
    expect(await added()).toEqual([unit('20000'), unit('10000')]);

    // 3. With both pools, nothing more is added.
    await scene.anvil.send('anvil_setCode', [first, code]);
    await bot.discover();
    const { targets } = await bot.settle();
    expect(await added()).toEqual([unit('20000'), unit('10000')]);
    expect(JSON.stringify(targets)).toContain('the limits leave 0');
  });
});
