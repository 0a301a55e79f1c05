import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import type { Backtest } from '../src/backtest/report.ts';
import { day, openScene, type Scene } from './scene.ts';

const entry = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (whole: string) => parseUnits(whole, 18);
const pool = () => scene.pool('Week');
const head = async () => (await scene.anvil.time.latest()).number;
let scene: Scene;
let env: Record<string, string>;
let [from, moved, to] = [0, 0, 0];

/**
 * The scene is three weeks with a block each hour. The rate is above the band, falls below it after ten days,
 * and other traders trade.
 */
beforeAll(async () => {
  scene = await openScene(
    [
      {
        name: 'Week',
        positionDuration: 7 * day,
        checkpointDuration: day,
        fixedRate: rate('6'),
        variableRate: rate('4'),
      },
    ],
    'on demand',
    // The chain starts at midnight, since the life of a position depends on the time of day.
    { timestamp: Math.ceil(Date.now() / 1000 / day) * day },
  );
  // The wallet of the simulated trades has base and an approval from the first block on.
  await pool().openLong(unit('100'));
  await pool().openShort(unit('50000'));
  from = await head();
  const hours = (count: number) => scene.anvil.time.mine(count, 3_600);
  await hours(240);
  await pool().setVariableRate(rate('13'));
  moved = await head();
  await hours(240);
  to = await head();
  env = {
    RPC_URL: scene.anvil.rpcUrl,
    LPANDARB_POOLS: pool().address,
    CAPITAL_PER_POOL: '100000',
    MAX_POSITION: '1000000',
    MAX_TRADE: '1000000',
    MAX_LIQUIDITY_SHARE: '1',
    NATIVE_IN_BASE: '1',
    SLIPPAGE_BPS: '0.5',
    VARIABLE_RATE: 'vault',
    COOL_DOWN_SECONDS: '0',
  };
}, 60_000);
afterAll(() => scene.close());

async function run(
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [entry, 'backtest', ...args], { env: { ...env, ...more } });
}
async function backtest(more: Record<string, string>, ...args: string[]): Promise<Backtest> {
  const range = ['--from', String(from), '--to', String(to)];
  return JSON.parse((await run([...range, '--json', ...args], more)).stdout) as Backtest;
}

describe('a backtest', () => {
  it('books a fill at the result of the call of the pool at the block after the decision, to the wei', async () => {
    const { trades } = await backtest({ LP_PORTION: '0' }, '--every', '24');
    const [first] = trades;
    expect(first).toMatchObject({ kind: 'open-long', block: from + 1 });
    const trader = roles.trader.address;
    const terms = { destination: trader, asBase: true, extraData: '0x' };
    const call = (method: string, args: unknown[]) =>
      pool()
        .contract.getFunction(method)
        .staticCall(...args, terms, { from: trader, blockTag: from + 1 });
    const [, bonds] = await call('openLong', [unit(first?.paid ?? ''), 0n, 0n]);
    expect(unit(first?.amount ?? '')).toBe(bonds);
  });

  it('trades a gap once, turns with the variable rate, and closes matured positions', async () => {
    const { trades, pools, looks, every, halted } = await backtest(
      { LP_PORTION: '0.2', MAX_DRAWDOWN: '1', MAX_LOSS_PER_DAY: '1' },
      '--every',
      '24',
    );
    const before = trades.filter(({ block }) => block <= moved).map(({ kind }) => kind);
    // The bot opens a long of a week, closes it once it has matured, and repeats that. It never opens two
    // longs for one gap.
    expect(before.slice(0, 2)).toEqual(['add-liquidity', 'open-long']);
    expect(before.filter(kind => kind === 'open-long').length).toBeLessThanOrEqual(2);
    expect(before).toContain('close-long');
    expect(trades.map(({ kind }) => kind)).toContain('open-short');
    expect(looks).toBeGreaterThanOrEqual((to - from) / every);
    expect(halted).toBeUndefined();
    const [row] = pools;
    expect(row?.trades).toBe(trades.length);
    const sum = ['liquidity', 'arbitrage'].reduce(
      (all, key) => all + unit(row?.[key as 'liquidity'] ?? ''),
      0n,
    );
    expect(unit(row?.profit ?? '')).toBe(sum - unit(row?.gas ?? ''));
    // The vault holds 100,000 at 4 %, then at 13 %, for ten days each.
    expect(Number(row?.vaultAlone)).toBeGreaterThan(450);
    expect(Number(row?.vaultAlone)).toBeLessThan(480);
  });

  it('is halted by a limit as the bot is, for the rest of the range', async () => {
    const { halted, trades } = await backtest({ LP_PORTION: '0', MAX_DRAWDOWN: '0.000002' }, '--every', '24');
    expect(halted).toContain('since the peak');
    expect(trades.filter(({ kind }) => kind.startsWith('open'))).toHaveLength(1);
  });

  it('prints a table, accepts times for blocks, and prints its progress in lines without a terminal', async () => {
    const { timestamp } = (await scene.anvil.provider.getBlock(moved + 1)) ?? { timestamp: 0 };
    const time = new Date(timestamp * 1000).toISOString();
    const { stdout, stderr } = await run(['--from', time, '--to', String(moved + 48), '--every', '24']);
    expect(stdout).toMatch(new RegExp(`^Blocks ${moved + 1} `));
    expect(stdout).toMatch(/^pool +profit +a year +liquidity +arbitrage/m);
    expect(stdout).toMatch(/^Week +-?[\d.,]+ /m);
    expect(stderr).toMatch(/100 %, block \d+ of \d+, .*trades\n$/);
  });

  it.each([
    [['--from', '0'], 'has no code at block 0; it is there from block'],
    [['--from', '10', '--to', '5'], 'is after the end of the range'],
    [['--from', '1', '--to', '99999999'], 'the newest block is'],
    [['--from', 'yesterday'], 'is neither a block nor a time'],
    [['--from', '2199-01-01'], 'is after the newest block'],
    [['--to', '5'], 'backtest needs --from'],
    [['--from', '1', '--every', '0'], 'is not a number of blocks'],
  ])('%j is refused in words', async (args, words) => {
    await expect(run(args)).rejects.toMatchObject({ code: 78, stderr: expect.stringContaining(words) });
  });
});
