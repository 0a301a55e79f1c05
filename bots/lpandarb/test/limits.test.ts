import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, roles } from '@service-bots/devnet';
import { type EventLog, parseUnits } from 'ethers';
import { day, idle, openScene, poolOf, type Scene, type Status, waitFor } from './scene.ts';

let scene: Scene;
const ours = roles.bot.address;
const names = ['Trades', 'Gas', 'Loss', 'Cool', 'Sizes'];
const rate = (percent: string) => parseUnits(percent, 16);

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  const off = { ...month, fixedRate: rate('6'), variableRate: rate('4') };
  scene = await openScene(names.map(name => ({ name, ...off })));
  for (const name of names) await scene.fund(scene.pool(name), '200000');
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const startOn = (name: string, env: Record<string, string>) =>
  scene.startBot({
    LPANDARB_POOLS: scene.pool(name).address,
    LP_PORTION: '0.1',
    MAX_LOSS_PER_DAY: '1',
    MAX_DRAWDOWN: '1',
    ...env,
  });
const detailsOf = (status: Status, name: string) => poolOf(status, name)?.details;
const reached = (bot: BotProcess, limit: RegExp) =>
  waitFor(bot, `the limit is reached: ${limit}`, ({ details }) => limit.test(details?.noNewRisk ?? ''));
const opens = (bot: BotProcess, name: string, side: string) =>
  waitFor(bot, `a ${side} is open`, status =>
    (detailsOf(status, name)?.positions ?? []).some(position => position.side === side),
  );

describe('a limit over time, reached on the chain', () => {
  it('TRADES_PER_HOUR: the next trade waits until the hour has passed', async () => {
    const bot = startOn('Trades', { TRADES_PER_HOUR: '1' });
    await reached(bot, /^1 trades within an hour; TRADES_PER_HOUR allows 1$/);
    const halted = detailsOf(await idle(bot), 'Trades');
    expect(Number(halted?.lpTokens)).toBeGreaterThan(0);
    expect(halted?.positions).toEqual([]);
    await scene.anvil.time.increase(3_700);
    await opens(bot, 'Trades', 'long');
  });

  it('MAX_GAS_COST_PER_DAY: nothing new is sent until the day has passed', async () => {
    const before = await scene.anvil.provider.getTransactionCount(ours);
    const bot = startOn('Gas', { MAX_GAS_COST_PER_DAY: '0.000000000000000001' });
    await reached(bot, /^gas cost 0\.\d+ within a day/);
    await idle(bot);
    // The approval cost more than the limit, so the trade that needs it was not sent.
    expect(await scene.anvil.provider.getTransactionCount(ours)).toBe(before + 1);
    await scene.anvil.time.increase(day + 60);
    await waitFor(bot, 'liquidity is added', status => Number(detailsOf(status, 'Gas')?.lpTokens ?? 0) > 0);
  });

  it('MAX_LOSS_PER_DAY: a loss of the vault stops new trades until it is a day old', async () => {
    const bot = startOn('Loss', { LP_PORTION: '0.5', MAX_LOSS_PER_DAY: '0.005' });
    await idle(bot);
    await scene.pool('Loss').loseVaultAssets(2);
    await reached(bot, /of the capital was lost within a day; MAX_LOSS_PER_DAY allows 0\.500 %$/);
    expect((await idle(bot)).details.halted).toBeUndefined();
    // The next mark of the ledger records the loss. A day later the loss no longer counts.
    await scene.anvil.time.increase(1_000);
    await idle(bot);
    await scene.anvil.time.increase(day + 60);
    await waitFor(bot, 'new trades are allowed', ({ details }) => details?.noNewRisk === undefined);
  });

  it('COOL_DOWN_SECONDS: no position is opened for this time after a close at a loss', async () => {
    const bot = startOn('Cool', { COOL_DOWN_SECONDS: '7200' });
    await opens(bot, 'Cool', 'long');
    await idle(bot);
    // The fixed rate is below the new variable rate, so the long is closed, and pays less than it cost.
    await scene.pool('Cool').setVariableRate(rate('9'));
    await reached(bot, /^a position was closed at a loss, and new trades wait \d+ s$/);
    const cooling = detailsOf(await idle(bot), 'Cool');
    expect(cooling?.positions.filter(({ side }) => side === 'short')).toEqual([]);
    expect(cooling?.plan.join()).toContain('a position was closed at a loss');
    await scene.anvil.time.increase(7_300);
    await opens(bot, 'Cool', 'short');
  });
});

describe('a size limit, reached on the chain', () => {
  it('MAX_TRADE bounds each trade, MAX_POSITION all bonds of a side, and CAPITAL_PER_POOL the liquidity', async () => {
    const pool = scene.pool('Sizes');
    const unit = (whole: string) => parseUnits(whole, 18);
    const bot = startOn('Sizes', {
      CAPITAL_PER_POOL: '20000',
      LP_PORTION: '0.5',
      MAX_TRADE: '1000',
      MAX_POSITION: '2500',
    });
    await idle(bot);
    const events = async (name: string) => {
      const filter = pool.contract.filters[name];
      if (!filter) throw new Error(`the ABI has no ${name}`);
      return (await pool.contract.queryFilter(filter(ours))) as EventLog[];
    };
    const longs = await events('OpenLong');
    const paid = longs.map(({ args }) => args.amount as bigint);
    const bonds = longs.reduce((sum, { args }) => sum + (args.bondAmount as bigint), 0n);
    expect(paid.every(amount => amount <= unit('1000'))).toBe(true);
    // Two whole trades, and a third one that the limit of the position cuts.
    expect(paid.filter(amount => amount > unit('999.999'))).toHaveLength(2);
    expect(bonds).toBeLessThanOrEqual(unit('2500'));
    expect(bonds).toBeGreaterThan(unit('2499'));
    expect((await events('AddLiquidity')).map(({ args }) => args.amount)).toEqual([unit('10000')]);
  });
});
