import { describe, expect, it } from '@jest/globals';
import { botStatusSchema } from './schema.ts';

const least = { bot: 'keeper', healthy: true, startedAt: '2026-11-30T12:00:00.000Z' };
const pool = { address: `0x${'ab'.repeat(20)}`, name: 'Vault A' };

describe('botStatusSchema', () => {
  it('takes a status of an older version, without the fields that it did not have', () => {
    const parsed = botStatusSchema.parse({ ...least, pools: [pool], rounds: { completed: 2, failed: 0 } });
    expect(parsed).toMatchObject({
      statusVersion: 0,
      rounds: { completed: 2 },
    });
    expect(parsed.pools).toMatchObject([{ name: 'Vault A', consecutiveErrors: 0 }]);
  });

  it.each([
    ['no bot', { ...least, bot: undefined }],
    ['no start', { ...least, startedAt: 'yesterday' }],
    ['a verdict in words', { ...least, healthy: 'yes' }],
  ])('refuses %s', (_, status) => {
    expect(botStatusSchema.safeParse(status).success).toBe(false);
  });

  it('leaves out the field or the entry that does not fit, and keeps the rest', () => {
    const parsed = botStatusSchema.parse({
      ...least,
      head: { number: 'many' },
      wallet: 7,
      pools: [pool, { address: 'nowhere' }, 5, null],
      openAlerts: 'none',
      endpoints: [{ host: 'node', state: 'ok', latencyMs: -1 }],
    });
    expect([parsed.head, parsed.wallet, parsed.pools.length, parsed.openAlerts]).toEqual([
      undefined,
      undefined,
      1,
      [],
    ]);
    expect(parsed.endpoints).toMatchObject([{ host: 'node', latencyMs: undefined }]);
  });

  it.each([
    ['writing from right to left', 'Vault \u202egnp.exe', 'Vault \\u202egnp.exe'],
    ['a terminal sequence', '\u001b[2Jgone', '\\u001b[2Jgone'],
    ['a second line', 'Vault\nALL IS WELL', 'Vault\\nALL IS WELL'],
    ['characters without width', 'Va\u200bult', 'Va\\u200bult'],
  ])('escapes %s in the name of a pool', (_, name, shown) => {
    expect(botStatusSchema.parse({ ...least, pools: [{ ...pool, name }] }).pools[0]?.name).toBe(shown);
  });

  it('bounds every figure and every moment, so that what is made of them can be written as JSON and read by others', () => {
    const parsed = botStatusSchema.parse({
      ...least,
      time: '+275760-09-13T00:00:00.000Z',
      wallet: { address: pool.address, actionsLeft: 1e308 },
      endpoints: [{ host: 'node', state: 'ok', trafficShare: 1e308, lag: -1e308 }],
    });
    expect([parsed.time, parsed.wallet?.actionsLeft]).toEqual([undefined, undefined]);
    expect(parsed.endpoints).toMatchObject([{ trafficShare: undefined, lag: undefined }]);
    expect(botStatusSchema.safeParse({ ...least, startedAt: '-271821-04-20T00:00:00.000Z' }).success).toBe(
      false,
    );
  });

  it('bounds every text and every list', () => {
    const parsed = botStatusSchema.parse({
      ...least,
      pools: Array.from({ length: 2_000 }, () => ({ ...pool, name: 'x'.repeat(10_000) })),
    });
    expect([parsed.pools.length, (parsed.pools[0]?.name.length ?? 0) < 120]).toEqual([500, true]);
  });
});
