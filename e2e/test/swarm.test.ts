import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { outcomeOf } from '../src/run.ts';
import { until } from '../src/until.ts';

let checkout: Checkout;
let swarm: Deployment;
let begun = false;

const service = 'service-bots-swarm_checkpoint';
const deploy = () =>
  outcomeOf('deploy/swarm/deploy.sh', [], { cwd: checkout.folder, env: { CHAIN: 'swarm' } });
const taskContainers = async () =>
  (await swarm.docker('ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=${service}`))
    .split('\n')
    .filter(Boolean);

beforeAll(async () => {
  checkout = await openCheckout();
  swarm = new Deployment(checkout, 'swarm', { LOOK_SECONDS: '2' });
  const state = await swarm.docker('info', '--format', '{{.Swarm.LocalNodeState}}');
  if (state === 'inactive') {
    await swarm.docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
    begun = true;
  }
});
afterAll(async () => {
  await swarm.docker('stack', 'rm', 'service-bots-swarm').catch(() => undefined);
  await until('the containers to go', async () => (await taskContainers()).length === 0).catch(
    () => undefined,
  );
  if (begun) await swarm.docker('swarm', 'leave', '--force');
  await swarm.remove();
  checkout.remove();
});

describe('the same compose file as a swarm’s stack', () => {
  it('starts every bot, with its secrets mounted', async () => {
    expect(await swarm.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
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

  it('another secret replaces what uses it, the old container first', async () => {
    swarm.putSecret('WEBHOOK_URL', 'http://127.0.0.1:9/another');
    expect(await deploy()).toMatchObject({ code: 0 });
    const [container = '', ...others] = await taskContainers();
    expect(others).toEqual([]);
    expect(await swarm.docker('exec', container, 'cat', '/run/secrets/WEBHOOK_URL')).toContain('another');
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
