import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type HttpAnswer, startLoopbackServer } from '@service-bots/devnet';
import { compareWithManifest } from './discover.ts';

const vaultA = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const vaultB = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const retired = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512';
const folder = mkdtempSync(join(tmpdir(), 'manifest-'));
const file = join(folder, 'pools.json');
afterAll(() => rmSync(folder, { recursive: true }));

function compare(text: string, driven: readonly string[] = [vaultA, vaultB]) {
  writeFileSync(file, text);
  return compareWithManifest(file, driven);
}
const readable = { check: 'manifest-unreadable', failing: false };
const same = [readable, { check: 'pool-manifest', failing: false }];

describe('compareWithManifest', () => {
  it.each([
    ['a list of addresses', [vaultA, vaultB]],
    ['in any spelling and order', [vaultB.toLowerCase(), vaultA.toLowerCase()]],
    ['a list of objects', [{ address: vaultA, name: 'Vault A' }, { address: vaultB }]],
    ['under "pools"', { pools: [vaultA, vaultB], updated: '2026-11-21' }],
    ['objects under "pools"', { pools: [{ address: vaultA }, { address: vaultB }] }],
  ])('default: %s', async (_, list) => {
    expect(await compare(JSON.stringify(list))).toEqual(same);
  });

  it('behavior: names a live pool that no keeper drives', async () => {
    expect(await compare(JSON.stringify([vaultA, vaultB]), [vaultA])).toEqual([
      readable,
      {
        check: 'pool-manifest',
        failing: true,
        message: `live and not driven: ${vaultB}. No round of a pool that is not driven is committed or settled. First: compare POOL_ADDRESSES_V2 with the list`,
        data: { missing: [vaultB], retired: [] },
      },
    ]);
  });

  it('behavior: names a retired pool that is still driven, and both at once', async () => {
    expect((await compare(JSON.stringify([vaultA, vaultB]), [vaultA, retired]))[1]).toMatchObject({
      failing: true,
      message: `live and not driven: ${vaultB}; driven and not live: ${retired}. No round of a pool that is not driven is committed or settled. First: compare POOL_ADDRESSES_V2 with the list`,
    });
  });

  it('behavior: an empty list means that all are retired', async () => {
    expect((await compare('[]', [retired]))[1]).toMatchObject({ data: { missing: [], retired: [retired] } });
  });

  it.each([
    ['no JSON', '<html>'],
    ['an object without pools', '{}'],
    ['not addresses', '["vault a"]'],
    ['a wrong checksum', JSON.stringify([vaultA.replace('F', 'f')])],
    ['one bad entry among good ones', JSON.stringify([vaultA, { name: 'Vault B' }])],
  ])('behavior: %s is unreadable, and no observation about the pools is made', async (_, text) => {
    expect(await compare(text)).toEqual([
      {
        check: 'manifest-unreadable',
        failing: true,
        message: expect.stringContaining(
          `KEEPER_POOL_MANIFEST: the list of live pools could not be read from ${file}: `,
        ),
      },
    ]);
  });

  it('behavior: so is a file that is not there', async () => {
    const [found] = await compareWithManifest(join(folder, 'gone.json'), [vaultA]);
    expect(found).toMatchObject({ check: 'manifest-unreadable', message: expect.stringMatching(/ENOENT/) });
  });
});

describe('over HTTP', () => {
  async function fetched(answer: HttpAnswer) {
    const server = await startLoopbackServer(() => answer);
    try {
      return await compareWithManifest(`${server.url}/a-token/pools.json`, [vaultA]);
    } finally {
      await server.close();
    }
  }

  it('default: the list is fetched', async () => {
    expect(await fetched({ status: 200, body: JSON.stringify([vaultA]) })).toEqual(same);
  });

  it('behavior: a failure names the host, and never the path, which may hold a token', async () => {
    const [found] = await fetched({ status: 404, body: 'not here' });
    expect(found).toMatchObject({
      check: 'manifest-unreadable',
      message: expect.stringMatching(/from 127\.0\.0\.1:\d+: HTTP 404\. A pool that is added/),
    });
  });

  it('behavior: closes the connection of a body that never ends', async () => {
    const server = await startLoopbackServer(() => 'endless');
    const [found] = await compareWithManifest(server.url, [vaultA]);
    await server.close();
    expect(found).toMatchObject({
      check: 'manifest-unreadable',
      message: expect.stringMatching(/: the answer is larger than 1048576 bytes\. A pool that is added/),
    });
  });

  it('behavior: a connection that breaks is a failure too', async () => {
    const server = await startLoopbackServer(() => 'refuse');
    const [found] = await compareWithManifest(`${server.url}/a-token`, [vaultA]);
    await server.close();
    expect(found).toMatchObject({ check: 'manifest-unreadable', failing: true });
    expect(JSON.stringify(found)).not.toContain('a-token');
  });
});
