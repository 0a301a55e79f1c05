import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { faults, type RpcProxy, startProxy, weeklyPool } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { parseReplayOptions } from '../src/cli/parseReplayOptions.ts';
import { replayBlocks } from '../src/cli/replayBlocks.ts';
import type { ReplayResult } from '../src/replay/printedReplay.ts';
import { invariant } from './command.ts';
import { openScene, type Scene } from './scene.ts';
import { editMarketState } from './storage.ts';

let scene: Scene;
let folder: string;
let proxy: RpcProxy;
/** Blocks of the scene: the first with trades; the loss of the vault, the theft, the recovery; the newest. */
let sound: number;
let lost: number;
let broken: number;
let mended: number;
let newest: number;

beforeAll(async () => {
  scene = await openScene([weeklyPool('One'), weeklyPool('Two', { onVaultOf: 'One' }), weeklyPool('Alone')]);
  const { anvil, devnet } = scene;
  for (const pool of devnet.pools) await pool.openLong(parseUnits('1000', 18));
  sound = (await anvil.time.mine()).number;
  await anvil.time.increase(3_600);
  await devnet.pool('One').loseVaultAssets(2);
  lost = (await anvil.time.latest()).number;
  const pool = devnet.pool('Alone');
  const { shareReserves, longExposure } = await pool.contract.getFunction('getMarketState').staticCall();
  await editMarketState(anvil, pool, { longExposure: (shareReserves as bigint) * 2n });
  broken = (await anvil.time.mine()).number;
  await editMarketState(anvil, pool, { longExposure: longExposure as bigint });
  mended = (await anvil.time.mine()).number;
  await anvil.time.increase(7_200);
  await anvil.time.mine(4);
  newest = (await anvil.time.latest()).number;
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'));
  proxy = await startProxy(scene.anvil);
});
afterEach(async () => {
  await proxy.close();
  rmSync(folder, { recursive: true });
});
afterAll(() => scene.close());

const state = () => join(folder, 'state.json');
const env = (rpcUrl = scene.anvil.rpcUrl) => ({ RPC_URI: rpcUrl, REGISTRY_ADDRESS: scene.devnet.registry });

/** Runs the replay in this process; `stopAt` simulates Ctrl-C during the check of that block. */
async function replayed(args: readonly string[], { rpcUrl = scene.anvil.rpcUrl, stopAt = Infinity } = {}) {
  const shown: string[] = [];
  const stop = new AbortController();
  const write = (text: string) => {
    shown.push(text);
    const [, block] = /block (\d+) of/.exec(text) ?? [];
    if (Number(block) >= stopAt) stop.abort();
  };
  // Each read of the clock is a second later: progress is shown at every block.
  let now = 0;
  const nowMs = () => {
    now += 11_000;
    return now;
  };
  const options = parseReplayOptions(['replay', '--state', state(), ...args]);
  const outcome = await replayBlocks(options, env(rpcUrl), { terminal: { write }, stop: stop.signal, nowMs });
  return { outcome, shown };
}

const range = () => ['--from', `${sound}`, '--to', `${newest}`];
const rowOf = ({ tally }: ReplayResult, check: string, name: string) =>
  tally.rows.find(row => row.check === check && row.name === name);

describe('invariant replay', () => {
  it('prints the alerts that would have been raised: pool, first and last block, number and pages', async () => {
    const { outcome, shown } = await replayed(range());
    expect(rowOf(outcome, 'negative-interest', 'One')).toMatchObject({
      severity: 'critical',
      firstBlock: lost,
      cause: `vault ${await scene.devnet.pool('One').vault.getAddress()}`,
      raised: 1,
    });
    expect(rowOf(outcome, 'negative-interest', 'Two')).toMatchObject({ firstBlock: lost, raised: 1 });
    expect(rowOf(outcome, 'negative-interest', 'Alone')).toBeUndefined();
    expect(rowOf(outcome, 'solvency', 'Alone')).toMatchObject({
      severity: 'critical',
      raised: 1,
    });
    expect(rowOf(outcome, 'solvency', 'Alone')?.lastBlock).toBeLessThan(mended);
    expect(rowOf(outcome, 'solvency', 'Alone')?.firstBlock).toBeLessThanOrEqual(broken);
    // Two pools on one vault are one page.
    const { notices, pages } = outcome.tally.state;
    expect(pages).toBe(
      outcome.tally.rows.filter(({ severity, name }) => severity === 'critical' && name !== 'Two').length,
    );
    expect(notices.opened).toBeGreaterThanOrEqual(2);
    expect(outcome.stoppedAt).toBeUndefined();
    expect(shown.at(-1)).toMatch(
      new RegExp(`^100 %, block ${newest} of ${newest}, [\\d.]+ blocks/s, 0 s left, \\d findings\n$`),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('comes to the same when it is stopped and run again', async () => {
    const whole = await replayed(range());
    const first = await replayed(range(), { stopAt: lost });
    expect(first.outcome.stoppedAt).toBe(lost + 1);
    expect(readdirSync(folder)).toEqual(['state.json']);
    const second = await replayed(range());
    expect(second.shown[0]).toContain(`continues at block ${lost + 1}`);
    expect(second.outcome.tally.state).toEqual(whole.outcome.tally.state);
  });

  it('checks the pools that are chosen, and raises nothing of healthy ones', async () => {
    const { outcome } = await replayed(['--from', `${sound}`, '--to', `${lost - 3}`]);
    expect(outcome.tally.rows).toEqual([]);
    const alone = scene.devnet.pool('Alone').address;
    const { outcome: chosen } = await replayed([...range(), '--pool', alone]);
    expect(chosen.pools).toBe(1);
    expect(new Set(chosen.tally.rows.map(({ pool }) => pool))).toEqual(new Set([alone]));
  });

  it('leaves a pool out of the blocks before it was deployed', async () => {
    const { outcome } = await replayed(['--from', '0', '--to', `${sound}`]);
    expect(outcome.tally.rows).toEqual([]);
  });

  it('names the first block that a node without an archive can read', async () => {
    await proxy.setFault(faults.pruned(lost));
    await expect(replayed(range(), { rpcUrl: proxy.rpcUrl })).rejects.toThrow(
      new RegExp(
        `^--from ${sound}: no node of RPC_URI has the state of that block .* the oldest block that they can read is ${lost}\\. Give RPC_URI an archive node, or --from ${lost}$`,
      ),
    );
  });

  it('stores the findings when a block cannot be read, and continues there', async () => {
    let isBroken = true;
    proxy.intercept(({ method, params }) => {
      const hex = `0x${(lost + 1).toString(16)}`;
      const isIt = method === 'eth_getBlockByNumber' && (params as unknown[])[0] === hex;
      return isIt && isBroken ? { error: { code: -32603, message: 'internal error' } } : undefined;
    });
    await expect(replayed(range(), { rpcUrl: proxy.rpcUrl })).rejects.toThrow(
      /could not be read: .*continues there/,
    );
    isBroken = false;
    const { outcome } = await replayed(range(), { rpcUrl: proxy.rpcUrl });
    expect(outcome.stoppedAt).toBeUndefined();
    expect(rowOf(outcome, 'negative-interest', 'One')?.firstBlock).toBe(lost);
  });

  it('does not go on with the state of another replay', async () => {
    await replayed(range(), { stopAt: sound });
    await expect(replayed(['--from', `${sound + 1}`, '--to', `${newest}`])).rejects.toThrow(
      `${state()} is the state of another replay (blocks ${sound} to ${newest}, 3 pools)`,
    );
  });

  it('as a command: a table, plain lines of progress where there is no terminal, and exit codes', async () => {
    const pool = scene.devnet.pool('Alone').address;
    const run = (...args: string[]) =>
      invariant(scene, ['replay', '--pool', pool, '--state', state(), ...args]);
    const found = await run(...range());
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^critical +solvency +Alone +\d+ +\d+ +\d+ +1 +0$/m);
    expect(found.stderr).toMatch(/^\d+ %, block \d+ of \d+, /m);
    expect(found.stderr).not.toContain('\r');
    const quiet = await run('--from', `${sound}`, '--to', `${sound}`, '--json');
    expect(quiet.code).toBe(0);
    expect(JSON.parse(quiet.stdout)).toMatchObject({ from: sound, to: sound, findings: [], pages: 0 });
    const beyond = await run('--from', `${sound}`, '--to', `${newest + 1}`);
    expect(beyond).toMatchObject({
      code: 78,
      stderr: `invariant: --to ${newest + 1}: the newest block is ${newest}\n`,
    });
  });

  it.each([
    { args: ['--from', '5'], says: '--to is missing' },
    { args: ['--to', '5'], says: '--from is missing' },
    { args: ['--from', '-1', '--to', '5'], says: "'--from' argument is ambiguous" },
    { args: ['--from', 'x', '--to', '5'], says: '--from x: is not a block' },
    { args: ['--from', '1.5', '--to', '5'], says: '--from 1.5: is not a block' },
    { args: ['--from', '6', '--to', '5'], says: '--from 6: is after --to 5' },
    { args: ['--from', '1', '--to', '5', '--pool', '0x12'], says: '--pool 0x12: is not an address' },
    { args: ['--from', '1', '--to', '5', '--blocks', '3'], says: "Unknown option '--blocks'" },
    { args: ['--from', '1', '--to', '5', '9'], says: '"9" has no place in a replay' },
  ])('refuses $args in words', ({ args, says }) => {
    expect(() => parseReplayOptions(['replay', ...args])).toThrow(says);
  });
});
