import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SetupError } from '@service-bots/core/errors';
import { type DevnetPool, daySeconds, weeklyPool } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { checkNames } from '../src/checks/index.ts';
import { checkBlock } from '../src/cli/checkBlock.ts';
import { parseOptions, UsageError } from '../src/cli/parseOptions.ts';
import { printed } from '../src/cli/printed.ts';
import { invariant } from './command.ts';
import { openScene, type Scene } from './scene.ts';
import { editMarketState, stealShares } from './storage.ts';

let scene: Scene;
let pool: DevnetPool;
let sound: number;
let maturity: number;

beforeAll(async () => {
  scene = await openScene([weeklyPool('Watched')]);
  pool = scene.devnet.pool('Watched');
  await pool.openLong(parseUnits('1000', 18));
  await scene.anvil.time.increase(4_000);
  ({ maturity } = await pool.openShort(parseUnits('1000', 18)));
  sound = (await scene.anvil.time.mine()).number;
  const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
  await editMarketState(scene.anvil, pool, { longExposure: (shareReserves as bigint) * 2n });
});
afterAll(() => scene.close());

const check = (...args: string[]) => invariant(scene, args);

describe('invariant check', () => {
  it('default: all checks at the newest block, with every number', async () => {
    const { code, stdout } = await check('check', '--pool', pool.address);
    expect(code).toBe(1);
    for (const name of checkNames)
      expect(stdout).toMatch(new RegExp(`^${name} (holds|FAILS|does not apply)`, 'm'));
    expect(stdout).toMatch(/^solvency FAILS \(critical\): the pool cannot pay all its longs$/m);
    expect(stdout).toMatch(/^ {2}shares owed to longs +[\d.]+ shares {3}= ⌊longExposure\/c⌋$/m);
  });

  it('a check at a past block', async () => {
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

  it('prints the events of the block', async () => {
    const { stdout } = await check('check', '--pool', pool.address, '--block', `${sound - 1}`);
    expect(stdout).toMatch(/^changed by OpenShort of 1000\.0 bonds maturing /m);
    expect(stdout).toMatch(/^ {2}vault share price at block \d+ /m);
  });

  it('prints all that was read, and the steps of every check', async () => {
    const { stdout } = await check('check', '--pool', pool.address, '--block', `${sound}`);
    for (const read of [
      'time stretch ts',
      'share adjustment ζ',
      'LP total supply',
      'uncollected governance fees',
      'actual shares',
      'latest checkpoint, minted',
      'past checkpoints',
      'life left to longs',
      'z gains on the curve',
      'present value',
      'expected LP share price',
      'effective share reserves z − ζ',
      'spot APR',
      'until one can be late',
    ])
      expect(stdout).toMatch(new RegExp(`^ {2}${read} {2}`, 'm'));
    expect(stdout.match(/^ {2}headroom /gm)).toHaveLength(checkNames.length);
    expect(stdout).toMatch(new RegExp(`^  compared with block ${sound - 1}$`, 'm'));
  });

  it('compares with the block of --against', async () => {
    const { stdout } = await check(
      'check',
      '--pool',
      pool.address,
      '--block',
      `${sound}`,
      '--against',
      `${sound - 3}`,
    );
    expect(stdout.match(/^ {2}compared with block \d+$/gm)).toEqual(
      Array.from({ length: 3 }, () => `  compared with block ${sound - 3}`),
    );
  });

  it('prints the unreadable values, and the checks that they leave undecided', async () => {
    const saved = await scene.anvil.send('evm_snapshot');
    await scene.anvil.send('anvil_setCode', [await pool.vault.getAddress(), '0x60006000fd']);
    await scene.anvil.time.mine();
    const { code, stdout } = await check('check', '--pool', pool.address, '--check', 'negative-interest');
    await scene.anvil.send('evm_revert', [saved]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^ {2}vault share price c +COULD NOT BE READ: /m);
    expect(stdout).toMatch(
      /^negative-interest COULD NOT BE DECIDED: the vault share price could not be read: /m,
    );
  });

  it('sees checkpoints that were missed as long ago as the bot does', async () => {
    const saved = await scene.anvil.send('evm_snapshot');
    await scene.anvil.time.moveTo(maturity + pool.positionDuration - daySeconds);
    const { stdout } = await check('check', '--pool', pool.address, '--check', 'checkpoint-exists');
    await scene.anvil.send('evm_revert', [saved]);
    expect(stdout).toMatch(/^checkpoint-exists FAILS /m);
    expect(stdout).toContain(`the checkpoint of ${new Date(maturity * 1000).toISOString()} is not minted`);
  });

  it('judges shares that are missing since a loss by the block it is told, or by one from before the loss', async () => {
    const { anvil } = scene;
    const saved = await anvil.send('evm_snapshot');
    await editMarketState(anvil, pool, { longExposure: 0n });
    await pool.setVariableRate(0n);
    await anvil.time.increase(daySeconds);
    const { bonds, maturity: end } = await pool.openShort(parseUnits('1000', 18));
    const { number: before } = await anvil.time.latest();
    await pool.loseVaultAssets(1);
    await anvil.time.moveTo(end + 100);
    await pool.checkpoint(end);
    await pool.closeShort(end, bonds);
    const options = { pool: pool.address, block: 'latest', checks: ['total-shares'] } as const;
    const told = async (against: number | undefined) =>
      printed(await checkBlock({ ...options, against }, { RPC_URI: anvil.rpcUrl }));
    const expected = /^total-shares FAILS \((info|warning)\): shares are missing, no more than the loss/m;
    expect(await told(before)).toMatch(expected);
    expect(await told(before)).toContain(`since block ${before} but by its trades`);
    expect(await told(undefined)).toMatch(expected);
    await stealShares(anvil, pool, parseUnits('0.1', 18));
    for (const against of [before, undefined])
      expect(await told(against)).toMatch(/^total-shares FAILS \(critical\): shares have left the pool/m);
    await anvil.send('evm_revert', [saved]);
  });

  it.each([
    [['check'], '--pool is missing'],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--block', '99999'], 'the chain has no such block'],
  ])('%j is refused with what is wrong, and exit code 78', async (args, problem) => {
    const { code, stderr } = await check(...args);
    expect(code).toBe(78);
    expect(stderr).toContain(problem);
  });

  // Runs in this process, since a separate one takes a second of CPU. The two kinds of error end the command
  // with 78.
  it.each([
    [['check', '--pool', '0x12'], 'is not an address'],
    [['look', '--pool', '0x12'], 'the command is "check"'],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--check', 'solvent'], 'there is no such check'],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--block', 'soon'], "neither a block's number"],
    [['check', '--pool', `0x${'11'.repeat(20)}`, '--block', '5', '--against', '5'], 'is not before block 5'],
    [
      ['check', '--pool', `0x${'11'.repeat(20)}`, '--against', '99999'],
      '--against 99999: is not before block',
    ],
    [['check', '--pool', `0x${'aB'.repeat(20)}`], 'its capital letters do not fit the rest'],
  ])('%j is refused with what is wrong', async (args, problem) => {
    const checked = async () => {
      const options = parseOptions(args);
      if (options !== 'help') await checkBlock(options, { RPC_URI: scene.anvil.rpcUrl });
    };
    const error = await checked().catch(e => e);
    expect([UsageError, SetupError].some(kind => error instanceof kind)).toBe(true);
    expect(error.message).toContain(problem);
  });

  it('an address that is no pool is said to be none', async () => {
    const { code, stderr } = await check('check', '--pool', scene.devnet.registry);
    expect(code).toBe(2);
    expect(stderr).toContain(`--pool ${scene.devnet.registry}`);
  });
});
