import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChainHandle, type DevnetPool, roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { Stack } from '../src/stack.ts';
import { until } from '../src/until.ts';

let checkout: Checkout;
let swarm: Deployment;
let stack: Stack;
let begun = false;

const service = 'service-bots-swarm_checkpoint';
const deploy = () => stack.deploy();
const taskContainers = () => stack.containersOf('checkpoint');

beforeAll(async () => {
  checkout = await openCheckout();
  swarm = new Deployment(checkout, 'swarm', { LOOK_SECONDS: '2' });
  swarm.checkHealthOften();
  stack = new Stack(swarm);
  const state = await swarm.docker('info', '--format', '{{.Swarm.LocalNodeState}}');
  if (state === 'inactive') {
    await swarm.docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
    begun = true;
  }
});
afterAll(async () => {
  await stack.remove();
  if (begun) await swarm.docker('swarm', 'leave', '--force');
  await swarm.remove();
  checkout.remove();
});

describe('the same compose file as a swarm’s stack', () => {
  it('starts every bot, with its secrets mounted', async () => {
    expect(await swarm.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
    const label = 'com.docker.compose.project=service-bots-swarm';
    const labels = ['--label', label, '--label', 'com.docker.compose.oneoff=False'];
    const other = await swarm.docker('run', '--detach', ...labels, 'node:24-bookworm-slim', 'sleep', '600');
    expect(await deploy()).toMatchObject({
      code: 1,
      all: expect.stringContaining('run with docker compose already'),
    });
    await swarm.docker('rm', '--force', other);
    const { code, all } = await deploy();
    expect(all).toContain('checkpoint is healthy');
    expect(code).toBe(0);
    const [container = ''] = await taskContainers();
    const read = ['exec', container, 'cat', '/run/secrets/RPC_URL'];
    expect(await swarm.docker(...read)).toBe('http://anvil:8545');
    const [{ HostConfig, Mounts }] = JSON.parse(await swarm.docker('inspect', container));
    expect(HostConfig.ReadonlyRootfs).toBe(true);
    expect(Mounts).toContainEqual(expect.objectContaining({ Type: 'tmpfs', Destination: '/tmp' }));
  });

  it('make up refuses to start the same bots beside it', async () => {
    const { code, all } = await swarm.make('up');
    expect(all).toContain("run as the swarm's stack service-bots-swarm already");
    expect(code).not.toBe(0);
  });

  it('a container that dies is replaced, never beside another', async () => {
    const [container = ''] = await taskContainers();
    await swarm.docker('kill', container);
    const seen = await until('another container', async () => {
      const now = await taskContainers();
      expect(now.length).toBeLessThan(2);
      return now.length === 1 && now[0] !== container && now;
    });
    expect(seen).toHaveLength(1);
  });

  it('another secret replaces what uses it and nothing else, though two deploy at once', async () => {
    const invariant = await stack.containersOf('invariant');
    swarm.putSecret('CHECKPOINT_BOT_KEY', roles.bot.privateKey);
    const outcomes = await Promise.all([deploy(), deploy()]);
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(outcomes.find(({ code }) => code === 1)?.all).toContain(
      'another deploy.sh of service-bots-swarm is under way',
    );
    const [container = '', ...others] = await taskContainers();
    expect(others).toEqual([]);
    expect(await swarm.docker('exec', container, 'cat', '/run/secrets/CHECKPOINT_BOT_KEY')).toBe(
      roles.bot.privateKey,
    );
    expect(await stack.containersOf('invariant')).toEqual(invariant);
  });

  describe('two copies of a bot on one state', () => {
    let chain: ChainHandle;
    let pool: DevnetPool;
    let leader: string;
    let standby: string;

    beforeAll(async () => {
      const devnet = await stack.joinChain();
      chain = devnet.chain;
      pool = await devnet.pool('Devnet 7 Day DAI');
      await swarm.docker('service', 'scale', '--detach', `${service}=2`);
    });
    afterAll(() => chain.provider.destroy());

    /** Waits until one copy acts and the other stands by. */
    const settle = () =>
      until('one to act and one to stand by', async () => {
        const ids = await taskContainers();
        const said = await Promise.all(ids.map(id => stack.healthOf(id)));
        const acting = ids.filter((_, i) => said[i] === 'ok');
        const waiting = ids.filter((_, i) => said[i]?.startsWith('standing by, held by'));
        [leader = '', standby = ''] = [...acting, ...waiting];
        expect(acting.length).toBeLessThan(2);
        return acting.length === 1 && waiting.length === 1;
      });
    const mintOne = async () => {
      const { maturity } = await pool.openShort(parseUnits('1000', pool.decimals));
      const { timestamp } = await chain.time.latest();
      const wanted = maturity + pool.checkpointDuration / 2 + 60;
      if (wanted > timestamp) await chain.time.increase(wanted - timestamp);
      await until('the checkpoint to be minted', async () => (await pool.checkpointPrice(maturity)) > 0n);
    };
    /** Each call of the bot's wallet that was mined, in order. */
    const calls = async () => {
      const found: string[] = [];
      const { provider } = chain;
      for (let block = await provider.getBlockNumber(); block > 0; block -= 1) {
        for (const { from, to, data } of (await provider.getBlock(block, true))?.prefetchedTransactions ?? [])
          if (from === roles.bot.address) found.unshift(`${to} ${data}`);
      }
      return found;
    };
    const handedOver = async (container: string) =>
      (await swarm.docker('logs', container)).split('transaction handed to the node').length - 1;

    it('one acts, and the other stands by', async () => {
      await settle();
      await mintOne();
      expect(await handedOver(standby)).toBe(0);
    });

    it('the one that acts is killed: the other goes on', async () => {
      const next = standby;
      await swarm.docker('kill', leader);
      await mintOne();
      expect(await handedOver(next)).toBeGreaterThan(0);
      await settle();
      expect(leader).toBe(next);
    });

    it('the one that acts is paused: the other goes on; and it ends, without sending, when it can go on', async () => {
      const paused = leader;
      await swarm.docker('pause', paused);
      await until('the other to act', async () => (await stack.healthOf(standby)) === 'ok');
      const sent = await handedOver(paused);
      await swarm.docker('unpause', paused);
      await until('it to end', async () => !(await taskContainers()).includes(paused));
      expect(await swarm.docker('inspect', '--format', '{{.State.ExitCode}}', paused)).toBe('75');
      await mintOne();
      expect(await handedOver(paused)).toBe(sent);
    });

    it('and each checkpoint was minted once', async () => {
      const all = await calls();
      expect(all.length).toBeGreaterThan(2);
      expect(all).toEqual([...new Set(all)]);
    });
  });

  it('a bot that begins on another node, without its state, goes on', async () => {
    await swarm.docker('service', 'scale', '--detach', `${service}=0`);
    await until('it to stop', async () => (await taskContainers()).length === 0);
    await until('its volume to be free', async () => {
      const volume = 'service-bots-swarm_checkpoint-state';
      const users = await swarm.docker('ps', '--all', '--quiet', '--filter', `volume=${volume}`);
      if (users !== '') await swarm.docker('rm', ...users.split('\n'));
      await swarm.docker('volume', 'rm', volume);
      return true;
    });
    await swarm.docker('service', 'scale', '--detach', `${service}=1`);
    await until('it to be healthy', async () => {
      const filter = `name=${service}`;
      return (await swarm.docker('service', 'ls', '--filter', filter, '--format', '{{.Replicas}}')) === '1/1';
    });
  });
});
