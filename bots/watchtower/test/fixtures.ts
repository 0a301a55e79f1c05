import { type BotStatus, botStatusSchema } from '@service-bots/core/botStatus';
import type { Deployment } from '../src/conditions/condition.ts';
import { overviewOf } from '../src/overview/overview.ts';
import type { Overview } from '../src/overview/schema.ts';
import type { Sources } from '../src/overview/sources.ts';
import { answered, unanswered, unseen, type Watched } from '../src/polling/watched.ts';
import { walletsIn } from '../src/wallets.ts';

export const nowMs = Date.parse('2026-11-30T12:00:00Z');
export const at = (secondsFromNow: number) => new Date(nowMs + secondsFromNow * 1000).toISOString();
export const poolA = `0x${'aa'.repeat(20)}`;
export const poolB = `0x${'bb'.repeat(20)}`;

/** Returns the `/status` of a working bot, with overrides. */
export function statusOf(bot: string, over: Record<string, unknown> = {}): BotStatus {
  return botStatusSchema.parse({
    statusVersion: 1,
    bot,
    version: '0.1.0',
    host: 'host-1',
    time: at(0),
    healthy: true,
    dryRun: false,
    startedAt: at(-86_400),
    chain: { id: 1, name: 'mainnet' },
    head: { number: 100, hash: '0xaa', time: at(-12) },
    rounds: { completed: 9, failed: 0, last: { at: at(-5), durationMs: 300 }, lateAfter: at(300) },
    pools: [{ address: poolA, name: 'Pool A', consecutiveErrors: 0 }],
    openAlerts: [],
    channels: [{ name: 'slack', waiting: 0 }],
    endpoints: [],
    ...over,
  });
}

/** Returns a process that has given this answer. */
export function working(name: string, status: BotStatus, id = name): Watched {
  const target = { id, name, url: `http://${id}:8080/status` };
  return answered(unseen(target, nowMs - 3_600_000), { status, atMs: nowMs, tookMs: 4 });
}

/** Returns the same process after some failed polls. */
export function silent(watched: Watched, polls: number, forSeconds: number): Watched {
  let next = watched;
  for (let i = 0; i < polls; i += 1)
    next = unanswered(next, 'no complete answer within 5 s', nowMs - forSeconds * 1000);
  return next;
}

export function deployment(watched: readonly Watched[], over: Partial<Deployment> = {}): Deployment {
  return {
    watched,
    nowMs,
    pollMs: 10_000,
    wantedVersion: '0.1.0',
    wantedSinceMs: -Infinity,
    chainIds: new Map(),
    clockToleranceMs: 5_000,
    mostBlocksBehind: 50,
    wallets: walletsIn(watched, over.chains ?? [], new Map()),
    leastDays: 3,
    leastActions: 5,
    anchors: new Map(),
    live: undefined,
    chains: [],
    chainProblems: new Map(),
    peers: [],
    ...over,
  };
}

/** Returns the overview of a watchtower of these bots, with overrides. */
export function overview(watched: readonly Watched[], over: Partial<Sources> = {}): Overview {
  return overviewOf({
    nowMs,
    pollMs: 10_000,
    name: 'mainnet',
    version: '0.1.0',
    startedAtMs: nowMs - 60_000,
    instance: 'own',
    watched,
    ownAlerts: [],
    chains: { views: [], problems: new Map() },
    here: {
      id: 'm',
      name: 'host-1',
      addresses: ['10.0.0.7'],
      uptimeSeconds: 99,
      load: 0.5,
      cores: 2,
      memoryAvailableBytes: 1e9,
      memoryTotalBytes: 4e9,
      diskAvailableBytes: 5e10,
      diskTotalBytes: 1e11,
    },
    wallets: walletsIn(watched, [], new Map()),
    holders: new Map([['checkpoint', ['jalextowle']]]),
    timeline: [],
    wellSinceMs: nowMs - 3_600_000,
    ...over,
  });
}
