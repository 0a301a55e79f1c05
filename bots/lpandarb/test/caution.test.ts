import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type LoopbackServer,
  roles,
  startLoopbackServer,
  until,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { day, haltFileOf, idle, openScene, poolOf, type Scene, type statusOf, waitFor } from './scene.ts';

let scene: Scene;
let bot: BotProcess | undefined;
let invariant: LoopbackServer | undefined;
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (whole: string) => parseUnits(whole, 18);
const ours = roles.bot.address;
const month = { positionDuration: 30 * day, checkpointDuration: day };

beforeAll(async () => {
  const off = { ...month, fixedRate: rate('6'), variableRate: rate('4') };
  scene = await openScene([
    { name: 'Paused', ...off },
    { name: 'Tied', ...off },
    { name: 'Losing', ...off },
  ]);
});
afterEach(async () => {
  await scene.killBots();
  await invariant?.close();
  invariant = undefined;
});
afterAll(() => scene.close());

const only = (name: string, env: Record<string, string> = {}) => {
  bot = scene.startBot({ LPANDARB_POOLS: scene.pool(name).address, ...env });
  return bot;
};
const planOf = (status: Awaited<ReturnType<typeof statusOf>>, name: string) =>
  poolOf(status, name)?.details?.plan.join('; ') ?? '';

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
    const running = only('Paused', {
      INVARIANT_UNWATCHED: 'false',
      INVARIANT_STATUS_URL: `${invariant.url}/status`,
    });
    await waitFor(running, 'it is left alone', each =>
      planOf(each, 'Paused').includes('left alone: it is paused'),
    );

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
    const critical = await waitFor(running, 'the alert counts', each =>
      planOf(each, 'Paused').includes('critical alert of it: solvency'),
    );
    expect(critical.openAlerts.filter(({ check }) => check === 'lpandarb-left-alone')).toHaveLength(1);

    openAlerts.pop();
    isDown = true;
    await waitFor(running, 'silence counts', each =>
      planOf(each, 'Paused').includes('no answer that counts'),
    );
    expect(await scene.pool('Paused').balanceOf('lp', ours)).toBe(0n);

    isDown = false;
    await waitFor(running, 'it trades', each => Number(poolOf(each, 'Paused')?.details?.lpTokens ?? 0) > 0);
  });

  it('is left alone when the registry no longer lists it', async () => {
    await scene.devnet.unregisterPool(scene.pool('Paused').address);
    const running = only('Paused');
    await waitFor(running, 'it is left alone', each =>
      planOf(each, 'Paused').includes('the registry does not list it'),
    );
    await scene.devnet.registerPools([scene.pool('Paused').address]);
  });
});

it('names the room that the limits leave when the wallet has no base', async () => {
  const running = only('Tied');
  const status = await waitFor(running, 'there is a plan', each => planOf(each, 'Tied') !== '');
  expect(planOf(status, 'Tied')).toMatch(/the limits leave 0 base for a long/);
});

it('redeems withdrawal shares over several rounds, as the pool can pay them', async () => {
  const pool = scene.pool('Tied');
  const stateDir = scene.stateDir();
  await scene.fund(pool, '400000');
  const running = only('Tied', { STATE_DIR: stateDir, CAPITAL_PER_POOL: '400000', LP_PORTION: '1' });
  await waitFor(
    running,
    'its liquidity is there',
    each => Number(poolOf(each, 'Tied')?.details?.lpTokens ?? 0) > 390_000,
  );
  writeFileSync(haltFileOf(stateDir).path, '');
  await waitFor(running, 'it is halted', ({ details }) => details?.noNewRisk !== undefined);
  // A short takes shares out of the reserves, and another LP removes most of the rest. Little remains to pay
  // a withdrawal.
  await pool.openShort(unit('150000'));
  const deployer = roles.deployer.address;
  await pool.removeLiquidity(((await pool.balanceOf('lp', deployer)) * 9n) / 10n, deployer);
  writeFileSync(haltFileOf(stateDir).path, 'unwind');
  const waiting = await waitFor(
    running,
    'withdrawal shares wait',
    each => Number(poolOf(each, 'Tied')?.details?.withdrawalShares ?? 0) > 0,
  );
  const shares = () => pool.balanceOf('withdrawalShare', ours);
  const first = Number(poolOf(waiting, 'Tied').details.withdrawalShares);
  expect(first).toBeGreaterThan(1_000);
  // Another LP adds liquidity twice: the first time pays some shares, the second time the rest.
  for (const bring of [() => pool.addLiquidity(unit('200000')), () => pool.addLiquidity(unit('300000'))]) {
    const left = await shares();
    await bring();
    await until('some are redeemed', async () => (await shares()) < left);
  }
  await until('all are redeemed', async () => (await shares()) === 0n);
});

it('halts by itself when the vault loses 5 % while positions are open, until a person resumes it', async () => {
  const pool = scene.pool('Losing');
  const stateDir = scene.stateDir();
  await scene.fund(pool, '100000');
  const running = only('Losing', { STATE_DIR: stateDir, LP_PORTION: '0.5', MAX_DRAWDOWN: '0.02' });
  await idle(running);
  await pool.loseVaultAssets(5);
  const halted = await waitFor(running, 'it halts itself', ({ details }) => details?.halted !== undefined);
  expect(halted.details.halted).toMatchObject({ mode: 'halt', by: 'lpandarb' });
  expect(halted.openAlerts.find(({ check }) => check === 'lpandarb-halted')?.severity).toBe('critical');
  await running.stop('SIGKILL');
  const again = only('Losing', { STATE_DIR: stateDir, LP_PORTION: '0.5', MAX_DRAWDOWN: '0.02' });
  await waitFor(again, 'it is still halted', ({ details }) => details?.halted?.by === 'lpandarb');
});

it('books fills on paper without a key, and sends nothing', async () => {
  const running = only('Losing', { PAPER: 'true', LPANDARB_BOT_KEY: '', LP_PORTION: '0.1' });
  const status = await waitFor(
    running,
    'there are fills',
    each => (poolOf(each, 'Losing')?.details?.positions.length ?? 0) > 0,
  );
  expect(status.details.mode).toBe('paper');
  expect(Number(poolOf(status, 'Losing').details.lpTokens)).toBeGreaterThan(0);
  expect(poolOf(status, 'Losing').lastAction?.what).toContain('on paper');
  const nonce = await scene.anvil.provider.getTransactionCount(ours);
  await running.stop();
  expect(await scene.anvil.provider.getTransactionCount(ours)).toBe(nonce);
});
