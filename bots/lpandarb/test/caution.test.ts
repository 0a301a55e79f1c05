import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
import { type LoopbackServer, roles, startLoopbackServer } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { day, haltFileOf, openScene, type PoolStatus, type Scene } from './scene.ts';

let scene: Scene;
let invariant: LoopbackServer | undefined;
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (whole: string) => parseUnits(whole, 18);
const ours = roles.bot.address;
const month = { positionDuration: 30 * day, checkpointDuration: day };

beforeAll(async () => {
  const off = { ...month, fixedRate: rate('6'), variableRate: rate('4') };
  const pools = ['Paused', 'Tied', 'Losing'].map(name => ({ name, ...off }));
  scene = await openScene(pools, 'on demand');
});
afterEach(async () => {
  await scene.killBots();
  await invariant?.close();
  invariant = undefined;
});
afterAll(() => scene.close());

const openOn = (name: string, env: Record<string, string> = {}) =>
  scene.openHere({ LPANDARB_POOLS: scene.pool(name).address, ...env });
const detailsIn = ({ targets }: RoundReport) => targets[0]?.details as PoolStatus['details'];
const planIn = (report: RoundReport) => detailsIn(report).plan.join('; ');
const alertsIn = ({ observations }: RoundReport, check: string) =>
  observations.filter(each => each.check === check && each.failing);

describe('a pool with a fault', () => {
  it('is left alone while it is paused, or the invariant bot has a critical alert or gives no answer, with one alert', async () => {
    await scene.fund(scene.pool('Paused'), '1000');
    await scene.pool('Paused').pause();
    const openAlerts: unknown[] = [];
    const status = () => ({
      bot: 'invariant',
      healthy: true,
      startedAt: new Date().toISOString(),
      chain: { id: 31337, name: 'devnet' },
      rounds: { completed: 1, failed: 0, last: { at: new Date().toISOString(), durationMs: 1 } },
      pools: [{ address: scene.pool('Paused').address, name: 'Paused' }],
      openAlerts,
    });
    let isDown = false;
    invariant = await startLoopbackServer(() =>
      isDown ? 'refuse' : { status: 200, body: JSON.stringify(status()) },
    );
    const bot = await openOn('Paused', {
      INVARIANT_UNWATCHED: 'false',
      INVARIANT_STATUS_URL: `${invariant.url}/status`,
    });
    expect(planIn(await bot.settle())).toContain('left alone: it is paused');

    openAlerts.push({
      key: 'k',
      check: 'solvency',
      severity: 'critical',
      title: 't',
      message: '',
      since: new Date().toISOString(),
      pool: scene.pool('Paused').address,
    });
    await scene.pool('Paused').unpause();
    const critical = await bot.settle();
    expect(planIn(critical)).toContain('critical alert of it: solvency');
    expect(alertsIn(critical, 'lpandarb-left-alone')).toHaveLength(1);

    openAlerts.pop();
    isDown = true;
    expect(planIn(await bot.settle())).toContain('no answer that counts');
    expect(bot.done).toEqual([]);

    isDown = false;
    expect(Number(detailsIn(await bot.settle()).lpTokens)).toBeGreaterThan(0);
  });

  it('is left alone when the registry no longer lists it, also in the middle of a plan', async () => {
    await scene.fund(scene.pool('Paused'), '50000');
    const bot = await openOn('Paused', { LP_PORTION: '0' });
    await scene.pool('Paused').openShort(unit('60000'));
    await bot.round();
    expect(bot.kindsSince()).toEqual(['approve']);
    await scene.devnet.unregisterPool(scene.pool('Paused').address);
    await bot.discover();
    expect(planIn(await bot.settle())).toContain('the registry does not list it');
    expect(bot.kindsSince()).toEqual(['approve']);
    await scene.devnet.registerPools([scene.pool('Paused').address]);
  });
});

it('names the room that the limits leave when the wallet has no base', async () => {
  const bot = await openOn('Tied');
  expect(planIn(await bot.settle())).toMatch(/the limits leave 0 base for a long/);
});

it('redeems withdrawal shares over several rounds, as the pool can pay them', async () => {
  const pool = scene.pool('Tied');
  await scene.fund(pool, '400000');
  const bot = await openOn('Tied', { CAPITAL_PER_POOL: '400000', LP_PORTION: '1' });
  expect(Number(detailsIn(await bot.settle()).lpTokens)).toBeGreaterThan(390_000);
  // A short takes shares out of the reserves, and another LP removes most of the rest. Little remains to pay
  // a withdrawal.
  await pool.openShort(unit('150000'));
  const deployer = roles.deployer.address;
  await pool.removeLiquidity(((await pool.balanceOf('lp', deployer)) * 9n) / 10n, deployer);
  writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
  expect(Number(detailsIn(await bot.settle()).withdrawalShares)).toBeGreaterThan(1_000);
  // Another LP adds liquidity twice: the first time pays some shares, the second time the rest.
  const shares = () => pool.balanceOf('withdrawalShare', ours);
  for (const bring of [() => pool.addLiquidity(unit('200000')), () => pool.addLiquidity(unit('300000'))]) {
    const left = await shares();
    await bring();
    await bot.settle();
    expect(await shares()).toBeLessThan(left);
  }
  expect(await shares()).toBe(0n);
});

it('halts by itself when the vault loses 5 % while positions are open, until a person resumes it', async () => {
  const pool = scene.pool('Losing');
  const env = { STATE_DIR: scene.stateDir(), LP_PORTION: '0.5', MAX_DRAWDOWN: '0.02' };
  await scene.fund(pool, '100000');
  const bot = await openOn('Losing', env);
  await bot.settle();
  await pool.loseVaultAssets(5);
  const halted = await bot.round();
  expect(alertsIn(halted, 'lpandarb-halted')).toMatchObject([{ severity: 'critical' }]);
  expect((await bot.settle()).details?.halted).toMatchObject({ mode: 'halt', by: 'lpandarb' });
  await scene.killBots();
  const again = await openOn('Losing', env);
  expect((await again.round()).details?.halted).toMatchObject({ by: 'lpandarb' });
  haltFileOf(env.STATE_DIR).remove();
  expect((await again.round()).details?.halted).toBeUndefined();
});

it('books fills on paper without a key, and sends nothing', async () => {
  const bot = await openOn('Losing', { PAPER: 'true', LPANDARB_BOT_KEY: '', LP_PORTION: '0.1' });
  const before = await scene.anvil.provider.getTransactionCount(ours);
  let report = await bot.round();
  for (let blocks = 0; blocks < 12 && detailsIn(report).positions.length === 0; blocks += 1) {
    await scene.anvil.time.mine();
    report = await bot.round();
  }
  expect(report.details?.mode).toBe('paper');
  expect(detailsIn(report).positions).toHaveLength(1);
  expect(Number(detailsIn(report).lpTokens)).toBeGreaterThan(0);
  expect(bot.done.map(({ what }) => what).every(what => what.startsWith('on paper'))).toBe(true);
  expect(await scene.anvil.provider.getTransactionCount(ours)).toBe(before);
});
