import { afterEach, expect, it } from '@jest/globals';
import { type LoopbackServer, startLoopbackServer } from '@service-bots/devnet';
import { askInvariant } from './askInvariant.ts';

const pool = `0x${'Ab'.repeat(20)}`;
const other = `0x${'cd'.repeat(20)}`;
const nowMs = Date.parse('2026-11-30T12:10:00Z');
const healthy = {
  statusVersion: 1,
  bot: 'invariant',
  healthy: true,
  startedAt: '2026-11-30T12:00:00.000Z',
  chain: { id: 1, name: 'mainnet' },
  rounds: { completed: 5, failed: 0, last: { at: '2026-11-30T12:09:30.000Z', durationMs: 10 } },
  pools: [{ address: pool.toLowerCase(), name: 'Pool' }],
  openAlerts: [] as unknown[],
};
const alert = (changes: object) => ({
  key: 'k',
  check: 'solvency',
  severity: 'critical',
  title: 't',
  message: '',
  since: '2026-11-30T12:00:00.000Z',
  ...changes,
});

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

async function wordOn(status: unknown, code = 200): Promise<string | undefined> {
  server = await startLoopbackServer(() => ({
    status: code,
    body: typeof status === 'string' ? status : JSON.stringify(status),
  }));
  return (await askInvariant(`${server.url}/status`, 1, nowMs))(pool);
}

it('default: allows trades with a watched pool without a critical alert', async () => {
  expect(await wordOn(healthy)).toBeUndefined();
});

it.each([
  [
    'a critical alert of the pool',
    { ...healthy, openAlerts: [alert({ pool: pool.toLowerCase() })] },
    'critical alert of it: solvency',
  ],
  [
    'a critical alert of the bot itself',
    { ...healthy, openAlerts: [alert({ check: 'rpc-unreachable' })] },
    'critical alert: rpc-unreachable',
  ],
  ['a pool that is not watched', { ...healthy, pools: [] }, 'does not watch it'],
  ['no list of alerts', { ...healthy, openAlerts: 'none' }, 'no list of open alerts'],
  [
    'an alert of an unknown form',
    { ...healthy, openAlerts: [alert({ severity: 'catastrophe', pool })] },
    'open alerts of an unknown form',
  ],
  ['another bot', { ...healthy, bot: 'keeper' }, 'the status of the bot keeper'],
  ['another chain', { ...healthy, chain: { id: 8453, name: 'base' } }, 'watches chain 8453'],
  ['a bot that is not healthy', { ...healthy, healthy: false }, 'not healthy'],
  ['a standby', { ...healthy, standingBy: {} }, 'stands by'],
  [
    'an old round',
    {
      ...healthy,
      rounds: { completed: 1, failed: 0, last: { at: '2026-11-30T11:00:00.000Z', durationMs: 1 } },
    },
    'too old',
  ],
  [
    'a round in the future',
    {
      ...healthy,
      rounds: { completed: 1, failed: 0, last: { at: '2026-12-01T12:00:00.000Z', durationMs: 1 } },
    },
    'in the future',
  ],
  ['no round yet', { ...healthy, rounds: { completed: 0, failed: 0 } }, 'too old'],
  ['something else than JSON', '<html>', 'no answer that counts'],
])('refuses on %s', async (_, status, reason) => {
  expect(await wordOn(status)).toContain(reason);
});

it('ignores alerts of other pools and alerts that are not critical', async () => {
  const openAlerts = [alert({ pool: other }), alert({ pool, severity: 'error' })];
  expect(await wordOn({ ...healthy, openAlerts })).toBeUndefined();
});

it('refuses on HTTP 503, and without an answer', async () => {
  expect(await wordOn(healthy, 503)).toContain('HTTP 503');
  const url = `${server?.url}/status`;
  await server?.close();
  server = undefined;
  expect((await askInvariant(url, 1, nowMs))(pool)).toContain('no answer that counts');
});
