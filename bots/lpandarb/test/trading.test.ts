import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { baseOf, day, haltFileOf, idle, openScene, percentOf, poolOf, type Scene, waitFor } from './scene.ts';

let scene: Scene;
let bot: BotProcess;
let stateDir: string;
const ours = roles.bot.address;
const rate = (percent: string) => parseUnits(percent, 16);
const pool = () => scene.pool('Month');
const funded = parseUnits('200000', 18);
/** A basis point in percent, plus the error of rounding to three digits. */
const basisPoint = 0.0105;

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene([{ name: 'Month', ...month, fixedRate: rate('6'), variableRate: rate('4') }]);
  await scene.fund(pool(), '200000');
  stateDir = scene.stateDir();
  bot = scene.startBot({ LP_PORTION: '0.1', STATE_DIR: stateDir });
});
afterAll(() => scene.close());

/** Returns the bot's trades, in order. */
const traded = () =>
  bot.lines
    .filter(
      ({ message }) =>
        /^(add-liquidity|open-|reduce-|close-|remove-|redeem)/.test(message) && !message.includes('/'),
    )
    .filter(({ hash }) => hash !== undefined)
    .map(({ message }) => message.split(' ')[0]);

describe('on the real contracts', () => {
  it('adds liquidity, and a long moves the fixed rate to within a basis point of the band', async () => {
    const { details } = poolOf(await idle(bot), 'Month');
    expect(await pool().balanceOf('lp', ours)).toBeGreaterThan(0n);
    expect(details.positions.map(({ side }) => side)).toEqual(['long']);
    expect(Math.abs(percentOf(details.fixedRate) - high(details.band))).toBeLessThan(basisPoint);
    expect(traded()).toEqual(['add-liquidity', 'open-long']);
  });

  it('leaves no approval but the rest of a trade', async () => {
    const approved = await pool().asset.getFunction('allowance').staticCall(ours, pool().address);
    expect(approved).toBeLessThan(parseUnits('1', 18));
  });

  it('reduces the long before it opens a short, when the variable rate has risen', async () => {
    await pool().setVariableRate(rate('8'));
    const before = traded().length;
    const { details } = poolOf(await idleAfter(() => traded().length > before + 1), 'Month');
    const done = traded().slice(before);
    expect(done[0]).toBe('reduce-long');
    expect(done).toContain('open-short');
    expect(done.indexOf('open-short')).toBeGreaterThan(done.lastIndexOf('reduce-long'));
    expect(Math.abs(percentOf(details.fixedRate) - low(details.band))).toBeLessThan(basisPoint);
  });

  it('moves the rate back after other traders moved it, either way', async () => {
    for (const move of [
      () => pool().openShort(parseUnits('60000', 18)),
      () => pool().openLong(parseUnits('90000', 18)),
    ]) {
      const before = traded().length;
      await move();
      const { details } = poolOf(await idleAfter(() => traded().length > before), 'Month');
      const fixed = percentOf(details.fixedRate);
      expect(fixed).toBeGreaterThan(low(details.band) - basisPoint);
      expect(fixed).toBeLessThan(high(details.band) + basisPoint);
    }
  });

  it('closes matured positions', async () => {
    const held = poolOf(await idle(bot), 'Month').details.positions.length;
    expect(held).toBeGreaterThan(0);
    await scene.anvil.time.increase(31 * day);
    const before = traded().length;
    await waitFor(
      bot,
      'the matured positions are closed',
      () =>
        traded()
          .slice(before)
          .filter(kind => kind === 'close-matured').length >= held,
    );
    const { positions } = poolOf(await idle(bot), 'Month').details;
    const now = (await scene.anvil.time.latest()).timestamp;
    for (const { matures } of positions) expect(Date.parse(matures) / 1000).toBeGreaterThan(now);
  });

  it('opens nothing while a file halts it, and unwinds everything when the file holds the word unwind', async () => {
    writeFileSync(haltFileOf(stateDir).path, '');
    await waitFor(bot, 'it is halted', ({ details }) => details.noNewRisk?.includes('halted') === true);
    const before = traded().length;
    await pool().openShort(parseUnits('60000', 18));
    const halted = await idle(bot);
    expect(
      traded()
        .slice(before)
        .filter(kind => kind?.startsWith('open') || kind === 'add-liquidity'),
    ).toEqual([]);
    expect(halted.openAlerts.map(({ check }) => check)).toContain('lpandarb-halted');

    writeFileSync(haltFileOf(stateDir).path, 'unwind');
    await waitFor(bot, 'all is closed', status => {
      const { details } = poolOf(status, 'Month');
      return (
        details.positions.length === 0 &&
        Number(details.lpTokens) === 0 &&
        Number(details.withdrawalShares) === 0 &&
        Number(details.approved) === 0
      );
    });
    expect(await pool().balanceOf('lp', ours)).toBe(0n);
    expect(await pool().asset.getFunction('allowance').staticCall(ours, pool().address)).toBe(0n);
  });

  it('reports the gain of the wallet to the wei after everything is closed', async () => {
    const { details } = poolOf(await idle(bot), 'Month');
    const { liquidity, arbitrage } = details.profit;
    const reported = parseUnits(liquidity ?? '', 18) + parseUnits(arbitrage ?? '', 18);
    expect((await baseOf(pool())) - funded).toBe(reported);
  });

  it('ends with exit code 0 on SIGTERM', async () => {
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
  });
});

const high = (band: string) => percentOf(band.split(' to ')[1] ?? '');
const low = (band: string) => percentOf(band);

async function idleAfter(happened: () => boolean) {
  await waitFor(bot, 'it trades', happened);
  return idle(bot);
}
