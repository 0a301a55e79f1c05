import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type HttpAnswer,
  type LoopbackServer,
  openAlertsOf,
  raised,
  resolved,
  startLoopbackServer,
} from '@service-bots/devnet';
import { openScene, type Scene } from './scene.ts';
import { alertLines, watching } from './watch.ts';

const another = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
let scene: Scene;
let server: LoopbackServer;
let answer: HttpAnswer;
let keeper: BotProcess;
let driven: string;

beforeAll(async () => {
  scene = await openScene([{}]);
  server = await startLoopbackServer(() => answer);
  driven = scene.prizePools.pools[0]?.address as string;
});
afterEach(() => keeper.stop('SIGKILL'));
afterAll(async () => {
  await scene.close();
  await server.close();
});

const start = async (KEEPER_POOL_MANIFEST: string) => {
  keeper = await scene.startKeeper({ KEEPER_POOL_MANIFEST, KEEPER_GOVERNANCE_SECONDS: '10' });
  await watching(keeper);
};
const nextLook = async () => scene.moveTo((await scene.now()) + 15);

describe('the list of live pools', () => {
  it('in a file: a difference is an error that names both sides, until there is none', async () => {
    const file = join(scene.stateDir(), 'pools.json');
    writeFileSync(file, JSON.stringify([another]));
    await start(file);
    const { message } = await raised(keeper, 'pool-manifest', 'error');
    expect(message).toBe(
      `live and not driven: ${another}; driven and not live: ${driven}. No round of a pool that is not driven is committed or settled. First: compare POOL_ADDRESSES_V2 with the list`,
    );
    writeFileSync(file, JSON.stringify({ pools: [{ address: driven.toLowerCase(), name: 'A' }] }));
    await nextLook();
    await resolved(keeper, 'pool-manifest');
    expect(alertLines(keeper, 'pool-manifest')).toEqual(['error', 'info']);
  });

  it('at a URL: unreadable is a warning of its own, and neither raises nor resolves a difference', async () => {
    answer = { status: 200, body: JSON.stringify([driven, another]) };
    await start(`${server.url}/token-in-the-path/pools.json`);
    await raised(keeper, 'pool-manifest', 'error');
    answer = { status: 404, body: 'not found' };
    await nextLook();
    expect((await raised(keeper, 'manifest-unreadable', 'warning')).message).toContain('HTTP 404');
    expect(await openAlertsOf(keeper, 'pool-manifest')).toHaveLength(1);
    answer = { status: 200, body: '{"pools": 7}' };
    await nextLook();
    answer = { status: 200, body: JSON.stringify([driven]) };
    await nextLook();
    await resolved(keeper, 'manifest-unreadable');
    await resolved(keeper, 'pool-manifest');
    expect(alertLines(keeper, 'manifest-unreadable')).toEqual(['warning', 'info']);
    expect(keeper.output).not.toContain('token-in-the-path');
  });

  it('that is not there from the start keeps no keeper from its work', async () => {
    await start('/nowhere/pools.json');
    expect((await raised(keeper, 'manifest-unreadable', 'warning')).message).toContain('/nowhere/pools.json');
    expect(await openAlertsOf(keeper, 'pool-manifest')).toEqual([]);
  });
});
