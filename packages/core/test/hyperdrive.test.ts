import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type Devnet,
  deployHyperdrive,
  multicall3Address,
  startAnvil,
  startLoopbackServer,
} from '@service-bots/devnet';
import { Secret } from '../src/config/index.ts';
import { readPools, readRegistry } from '../src/hyperdrive/index.ts';
import { registryFromArtifacts } from '../src/hyperdrive/registry.ts';
import { createBatchReader, FailoverProvider, readHead } from '../src/rpc/index.ts';

let anvil: Anvil;
let devnet: Devnet;
let provider: FailoverProvider;

beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployHyperdrive(anvil);
  provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(anvil.rpcUrl) }]);
});
afterAll(async () => {
  provider.destroy();
  await devnet.close();
  await anvil.stop();
});

describe('the registry', () => {
  it('lists the pools', async () => {
    expect([...(await readRegistry(provider, devnet.registry))].sort()).toEqual(
      devnet.pools.map(({ address }) => address).sort(),
    );
  });

  it('an address without code is a mistake in the set-up', async () => {
    const nothing = '0x00000000000000000000000000000000DeaDBeef';
    await expect(readRegistry(provider, nothing)).rejects.toMatchObject({ name: 'SetupError' });
  });

  it('reports a contract that is not a registry', async () => {
    const pool = devnet.pools[0]?.address as string;
    await expect(readRegistry(provider, pool)).rejects.toThrow(
      `${pool} does not answer as a Hyperdrive registry`,
    );
  });

  it('an empty one lists nothing', async () => {
    const bare = await startAnvil();
    const empty = await deployHyperdrive(bare, { pools: [] });
    const other = await FailoverProvider.connect([{ label: 'bare', url: new Secret(bare.rpcUrl) }]);
    expect(await readRegistry(other, empty.registry)).toEqual([]);
    other.destroy();
    await empty.close();
    await bare.stop();
  });
});

describe('the artifacts document', () => {
  const served = async (body: unknown, status = 200) => {
    const server = await startLoopbackServer(async () => ({ status, body }));
    return { uri: `${server.url}/some/path?key=secret`, close: () => server.close() };
  };

  it('gives the address of the registry', async () => {
    const { url } = await devnet.artifactsServer();
    expect(await registryFromArtifacts(url)).toBe(devnet.registry);
  });

  it.each([
    ['is not there', { error: 'not found' }, 404, /no JSON from 127\.0\.0\.1:\d+: HTTP 404/],
    ['is not JSON', '<html>', 200, /no JSON from 127/],
    ['holds no address', { hyperdriveRegistry: '0x12' }, 200, /has no address under "hyperdriveRegistry"/],
  ])('says what is wrong when it %s, without the path of its URL', async (_, body, status, message) => {
    const { uri, close } = await served(body, status);
    const failure = await registryFromArtifacts(uri).catch((error: Error) => error);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('secret');
    await close();
  });

  it('closes the connection of a body that never ends', async () => {
    const server = await startLoopbackServer(() => 'endless');
    await expect(registryFromArtifacts(server.url)).rejects.toThrow('is larger than 1048576 bytes');
    await server.close();
  });

  it('says so when nobody answers', async () => {
    const { uri, close } = await served({});
    await close();
    await expect(registryFromArtifacts(uri)).rejects.toThrow(/no JSON from 127/);
  });
});

describe('pool configurations', () => {
  it('are read for all pools in one request', async () => {
    const reader = await createBatchReader(provider);
    const before = provider.requestCount;
    const { pools, unreadable } = await readPools(
      reader,
      await readHead(provider),
      devnet.pools.map(({ address }) => address),
    );
    expect(provider.requestCount - before).toBe(2);
    expect(unreadable).toEqual([]);
    expect(
      pools.map(({ name, decimals, positionDuration, checkpointDuration }) => [
        name,
        decimals,
        positionDuration,
        checkpointDuration,
      ]),
    ).toEqual(
      devnet.pools.map(({ name, decimals, positionDuration, checkpointDuration }) => [
        name,
        decimals,
        positionDuration,
        checkpointDuration,
      ]),
    );
    expect(pools.every(({ version }) => version === 'v1.0.20')).toBe(true);
  });

  it('of a broken pool are missing, with the reason, and the others are there', async () => {
    const broken = await devnet.deployBrokenPool();
    const reader = await createBatchReader(provider);
    const good = devnet.pools[0]?.address as string;
    const { pools, unreadable } = await readPools(reader, await readHead(provider), [
      broken,
      good,
      devnet.deployer.address,
    ]);
    expect(pools.map(({ address }) => address)).toEqual([good]);
    expect(unreadable).toEqual([
      { address: broken, reason: 'name: the call reverted without a reason' },
      {
        address: devnet.deployer.address,
        reason: 'name: name() returned nothing: no such contract or method',
      },
    ]);
  });

  it('are read in one JSON-RPC batch on a chain without Multicall3', async () => {
    const code = await provider.getCode(multicall3Address);
    await anvil.send('anvil_setCode', [multicall3Address, '0x']);
    const reader = await createBatchReader(provider);
    const before = provider.requestCount;
    const { pools } = await readPools(
      reader,
      await readHead(provider),
      devnet.pools.map(({ address }) => address),
    );
    expect(pools).toHaveLength(devnet.pools.length);
    expect(provider.requestCount - before).toBe(2);
    await anvil.send('anvil_setCode', [multicall3Address, code]);
  });
});
