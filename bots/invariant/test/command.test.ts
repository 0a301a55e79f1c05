import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DevnetPool } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { checkNames } from '../src/checks/index.ts';
import { openScene, type Scene, weekly } from './scene.ts';
import { editMarketState } from './storage.ts';

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const run = promisify(execFile);
let scene: Scene;
let pool: DevnetPool;
let sound: number;

beforeAll(async () => {
  scene = await openScene([weekly('Watched')]);
  pool = scene.devnet.pool('Watched');
  await pool.openLong(parseUnits('1000', 18));
  await scene.anvil.time.increase(4_000);
  await pool.openShort(parseUnits('1000', 18));
  sound = (await scene.anvil.time.mine()).number;
  const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
  await editMarketState(scene.anvil, pool, { longExposure: (shareReserves as bigint) * 2n });
});
afterAll(() => scene.close());

async function check(...args: string[]) {
  const env = { PATH: process.env.PATH, RPC_URI: scene.anvil.rpcUrl };
  try {
    return { code: 0, ...(await run('node', [command, ...args], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('invariant check', () => {
  it('default: all checks at the newest block, with every number', async () => {
    const { code, stdout } = await check('check', '--pool', pool.address);
    expect(code).toBe(1);
    for (const name of checkNames)
      expect(stdout).toMatch(new RegExp(`^${name} (holds|FAILS|does not apply)`, 'm'));
    expect(stdout).toMatch(/^solvency FAILS \(critical\): the pool cannot pay all its longs$/m);
    expect(stdout).toMatch(/^ {2}shares owed to longs +[\d.]+ shares {3}= ⌊longExposure\/c⌋$/m);
  });

  it('one check at a block of the past', async () => {
    const { code, stdout } = await check(
      'check',
      '--pool',
      pool.address,
      '--block',
      `${sound}`,
      '--check',
      'solvency',
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`block ${sound} 0x`);
    expect(stdout).toMatch(/^solvency holds$/m);
    expect(stdout).not.toContain('eth-balance');
  });

  it('says what happened in the block', async () => {
    const { stdout } = await check('check', '--pool', pool.address, '--block', `${sound - 1}`);
    expect(stdout).toMatch(/^changed by OpenShort of 1000\.0 bonds maturing /m);
    expect(stdout).toMatch(/^ {2}vault share price at block \d+ /m);
  });

  it.each([
    [['check'], '--pool is missing'],
    [['check', '--pool', '0x12'], 'is not an address'],
    [['look', '--pool', '0x12'], 'the command is "check"'],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--check', 'solvent'], 'there is no such check'],
    [
      ['check', '--pool', `0x${'11'.repeat(20)}`, '--block', 'soon'],
      'neither a block’s number'.replace('’', "'"),
    ],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--block', '99999'], 'the chain has no such block'],
  ])('%j is refused with what is wrong', async (args, problem) => {
    const { code, stderr } = await check(...args);
    expect(code).toBe(78);
    expect(stderr).toContain(problem);
  });

  it('an address that is no pool is said to be none', async () => {
    const { code, stderr } = await check('check', '--pool', scene.devnet.registry);
    expect(code).toBe(2);
    expect(stderr).toContain(`--pool ${scene.devnet.registry}`);
  });
});
