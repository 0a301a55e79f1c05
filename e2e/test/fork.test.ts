import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DevnetPool, joinChain } from '@service-bots/devnet';
import { parseEther, parseUnits, Wallet } from 'ethers';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { run } from '../src/run.ts';
import { until } from '../src/until.ts';
import { startUpstream, type Upstream } from '../src/upstream.ts';

const key = 'the-key-in-the-url-of-the-node';
/** A key that an operator's shell may hold, and no fork may ever use. */
const realKey = `0x${'42'.repeat(32)}`;
let checkout: Checkout;
let upstream: Upstream;
let fork: Deployment;
let pool: DevnetPool;
let maturity: number;

beforeAll(async () => {
  [checkout, upstream] = await Promise.all([openCheckout(), startUpstream(key)]);
  fork = new Deployment(checkout, 'fork', {
    REGISTRY_ADDRESS: upstream.devnet.registry,
    LOOK_SECONDS: '2',
    CHECKPOINT_BOT_KEY: realKey,
    ROLLBAR_API_KEY: 'the-real-rollbar-token',
  });
  fork.checkHealthOften();
  pool = upstream.devnet.pool('Devnet 7 Day DAI');
  ({ maturity } = await pool.openShort(parseUnits('1000', pool.decimals)));
});
afterAll(async () => {
  await fork.remove();
  await upstream.stop();
  checkout.remove();
});

describe('make fork-up', () => {
  it('forks the chain and starts the bots on it, with keys of their own and no alert channel', async () => {
    const { code, all } = await fork.make('fork-up', { FORK_URL: upstream.url });
    expect(all).toContain('evm_increaseTime');
    expect(code).toBe(0);
    expect(fork.secret('CHECKPOINT_BOT_KEY')).toMatch(/^[0-9a-f]{64}$/);
    expect(fork.secret('ROLLBAR_API_KEY')).toBe('');
    const status = (await fork.statusOf('checkpoint')) as unknown as { wallet: { address: string } };
    expect(status.wallet.address).toBe(new Wallet(fork.secret('CHECKPOINT_BOT_KEY')).address);
    // Bounded for any running time of the chain.
    expect(await fork.compose('top', 'fork')).toContain('--prune-history 64');
    const chain = await joinChain(`http://${await fork.addressOf('fork')}:8545`);
    expect(await chain.provider.getBalance(status.wallet.address)).toBe(parseEther('1000'));
    chain.provider.destroy();
  });

  it('a commit is put on the fork host, and the acceptance passes there', async () => {
    // Replaces ssh: the host is this machine.
    const ssh = join(checkout.home, 'ssh');
    writeFileSync(ssh, '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
    await run('git', ['remote', 'add', 'origin', checkout.folder], { cwd: checkout.folder });
    const env = { PATH: `${checkout.home}:${process.env.PATH}`, DIRECTORY: checkout.folder };
    const said = await run('deploy/to-fork-host.sh', ['fork-host'], { cwd: checkout.folder, env });
    expect(said).toMatch(/^ok +checkpoint +healthy/m);
    expect(said).toMatch(/^ok +invariant +healthy/m);
  });

  it('the commands it prints move time; the bot mints on the fork, and nothing happens on the real chain', async () => {
    const seconds = `${8 * 86_400}`;
    await fork.compose('exec', '-T', 'fork', 'node', 'dist/rpc.js', 'evm_increaseTime', seconds);
    await fork.compose('exec', '-T', 'fork', 'node', 'dist/rpc.js', 'evm_mine');
    const url = `http://${await fork.addressOf('fork')}:8545`;
    const chain = await joinChain(url);
    const forked = pool.contract.connect(chain.provider) as typeof pool.contract;
    await until('the checkpoint to be minted on the fork', async () => {
      const { vaultSharePrice } = await forked.getFunction('getCheckpoint').staticCall(maturity);
      return vaultSharePrice > 0n;
    });
    chain.provider.destroy();
    expect(await pool.checkpointPrice(maturity)).toBe(0n);
  });

  it('the URL of the chain is nowhere to be seen', async () => {
    for (const service of ['fork', 'checkpoint', 'invariant']) {
      const { Id } = await fork.inspect(service);
      for (const text of [
        await fork.docker('inspect', Id),
        await fork.docker('logs', Id),
        await fork.docker('top', Id, '-eo', 'pid,args'),
      ]) {
        expect(text).not.toContain(key);
        expect(text).not.toContain(fork.secret('CHECKPOINT_BOT_KEY'));
      }
    }
    expect(await run('ps', ['-eo', 'args'], { cwd: checkout.folder })).not.toContain(key);
    const url = `http://${await fork.addressOf('fork')}:8545`;
    const chain = await joinChain(url);
    expect(JSON.stringify(await chain.send('anvil_nodeInfo'))).not.toContain(key);
    chain.provider.destroy();
  });

  it('an acceptance during which the chain is killed gives the reason, and no bare exit code', async () => {
    await fork.compose('pause', 'checkpoint');
    const acceptance = fork.make('fork-acceptance');
    await until('the acceptance to run', async () =>
      (await fork.compose('top', 'fork')).includes('dist/acceptance.js'),
    );
    // Simulates the kernel when the container has no memory left.
    const kill = 'for p in /proc/[0-9]*; do grep -qs ^anvil $p/comm && kill -9 $(basename $p); done; true';
    await fork.compose('exec', '-T', 'fork', 'sh', '-c', kill);
    const { code, all } = await acceptance;
    expect(all).toMatch(
      /^fail {2}fork {2}the chain ended, .*anvil was killed \(SIGKILL\), most likely because it took more memory.*make fork-up/m,
    );
    expect(all).not.toContain('137');
    expect(code).not.toBe(0);
    // A paused container cannot be removed.
    await fork.compose('unpause', 'checkpoint');
  });

  it('the next make fork-up begins a new fork, at the block asked for, and bots that remember nothing of this one', async () => {
    const block = await upstream.devnet.anvil.provider.getBlockNumber();
    const before = await fork.inspect('checkpoint');
    const { code } = await fork.make('fork-up', { FORK_BLOCK: `${block - 1}` });
    expect(code).toBe(0);
    const chain = await joinChain(`http://${await fork.addressOf('fork')}:8545`);
    const { forkConfig } = (await chain.send('anvil_nodeInfo')) as {
      forkConfig: { forkBlockNumber: number };
    };
    chain.provider.destroy();
    expect(forkConfig.forkBlockNumber).toBe(block - 1);
    const volume = await fork.docker('volume', 'inspect', 'service-bots-fork_checkpoint-state');
    const [{ CreatedAt }] = JSON.parse(volume);
    expect(Date.parse(CreatedAt)).toBeGreaterThan(Date.parse(before.State.StartedAt));
  });

  it('make fork-down ends it', async () => {
    expect(await fork.make('fork-down')).toMatchObject({ code: 0 });
    expect(await fork.compose('ps', '--all', '--quiet')).toBe('');
  });
});
