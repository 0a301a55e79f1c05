import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { day, openScene, type Scene } from './scene.ts';

const entry = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
let scene: Scene;
let env: Record<string, string>;

beforeAll(async () => {
  const rates = { fixedRate: parseUnits('6', 16), variableRate: parseUnits('4', 16) };
  scene = await openScene([{ name: 'Month', positionDuration: 30 * day, checkpointDuration: day, ...rates }]);
  env = {
    RPC_URL: scene.anvil.rpcUrl,
    REGISTRY_ADDRESS: scene.devnet.registry,
    LPANDARB_POOLS: scene.pool('Month').address,
    CAPITAL_PER_POOL: '100000',
    NATIVE_IN_BASE: '1',
    VARIABLE_RATE: 'vault',
    STATE_DIR: scene.stateDir(),
  };
});
afterAll(() => scene.close());

const run = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [entry, ...args], { env })).stdout;

it('plans without a key, as text and as JSON, and names a halt that forbids new positions', async () => {
  const text = await run('plan');
  expect(text).toMatch(/fixed 6\.000 %, variable 4\.000 %, no trade between/);
  expect(text).toMatch(/1\. add-liquidity: .*\n +expected profit .*; fees .* are counted/);
  expect(text).toMatch(/open-long: .* moves the fixed rate to/);
  const { pools, wallet } = JSON.parse(await run('plan', '--json'));
  expect(wallet).toBeUndefined();
  expect(pools[0].steps.map(({ kind }: { kind: string }) => kind)).toEqual(['add-liquidity', 'open-long']);
  await run('halt', '--why', 'a test');
  expect(await run('plan')).toContain('no new position: halt by');
  await run('unwind', '--why', 'we leave');
  const trader = ['--wallet', roles.trader.address];
  await scene.pool('Month').openLong(parseUnits('1000', 18), roles.trader.address);
  const unwinding = await run('plan', ...trader);
  expect(unwinding).toMatch(/^In force: unwind by .*: we leave$/m);
  expect(unwinding).toMatch(/1\. close-long: unwinds .*\n +pays at least [\d,.]+ base after gas/);
  expect(await run('resume')).toContain('it was halted by');
});

it.each([
  [['report', '--wallet', roles.trader.address], 'report has no option --wallet'],
  [['resume', 'now'], 'there is one argument too many: now'],
  [['constructor'], 'there is no command constructor'],
  [['backtest', '--from', '9', '--to', '3'], '--from 9: is after the end of the range, block 3'],
])('refuses %j with one clear message', async (args, message) => {
  const failed = run(...args).then(String, (error: { code: number; stderr: string }) => error);
  expect(await failed).toMatchObject({ code: 78, stderr: expect.stringContaining(message) });
  expect(await failed).toMatchObject({ stderr: expect.not.stringMatching(/^ +at /m) });
});

it('takes further words of an order to halt as its reason', async () => {
  await run('halt', 'the', 'vault', 'is', 'hacked');
  expect(await run('resume')).toMatch(/it was halted by .*: the vault is hacked$/m);
});

it('names the missing ledger', async () => {
  await expect(run('report')).rejects.toMatchObject({
    code: 78,
    stderr: expect.stringContaining('there is no ledger'),
  });
});
