import { describe, expect, it } from '@jest/globals';
import { botStatusSchema } from '@service-bots/core/botStatus';
import { seededRandom } from '@service-bots/devnet';
import { textOf } from '../src/cli/text.ts';
import { conditions } from '../src/conditions/index.ts';
import { gaugesOf } from '../src/gauges.ts';
import { eventsBetween } from '../src/history/events.ts';
import { samplesOf } from '../src/history/samples.ts';
import { overviewSchema } from '../src/overview/schema.ts';
import { answered, unseen, type Watched } from '../src/polling/watched.ts';
import { Publisher } from '../src/server/Publisher.ts';
import { walletsIn } from '../src/wallets.ts';
import { at, deployment, nowMs, overview as overviewFor, poolA, statusOf, working } from './fixtures.ts';

/** Returns a status with every possible field, so that each of them can be forged. */
const whole = () => ({
  ...JSON.parse(JSON.stringify(statusOf('invariant'))),
  environment: 'x',
  standsStillSince: at(-9),
  wallet: { address: poolA, currency: 'ETH', balanceWei: '15', actionsLeft: 3, functions: ['f()'] },
  details: { checked: 90, waiting: 1 },
  pools: [
    {
      address: poolA,
      name: 'Pool A',
      lastAction: { what: 'mint', at: at(-5), hash: '0x12' },
      next: { what: 'mint', at: at(50) },
      consecutiveErrors: 1,
      lastError: 'x',
      details: { checks: { solvency: { outcome: 'holds', headroom: '1', headroomPart: '12 %' } } },
    },
  ],
  openAlerts: [
    {
      key: 'k',
      check: 'c',
      severity: 'error',
      title: 't',
      message: 'm',
      since: at(-9),
      lastSent: at(-8),
      decided: { kind: 'ack', by: 'ann', why: 'x', at: at(-5), until: at(60) },
    },
  ],
  channels: [{ name: 'slack', lastDelivered: at(-9), waiting: 1, failing: { since: at(-9), reason: 'x' } }],
  endpoints: [{ host: 'n', state: 'ok', latencyMs: 3, lag: 0, trafficShare: 0.5, breaker: 'open' }],
  machine: {
    id: 'm2',
    addresses: ['10.0.0.9'],
    uptimeSeconds: 9,
    load: 1,
    cores: 2,
    memoryAvailableBytes: 5,
    memoryTotalBytes: 9,
  },
});

/** The forged values are JSON, since some of them cannot be written otherwise. */
const forged = [
  ...['null', 'true', '0', '-1', '1e308', '-1e308', '1e999', '5e-324', '0.1', '9007199254740993'],
  ...[
    '""',
    '"0"',
    '"not a number"',
    '"-5"',
    '"0x"',
    '[]',
    '{}',
    '[[[[]]]]',
    '{"__proto__":{"healthy":true}}',
  ],
  ...['{"constructor":1,"toString":2,"__proto__":3}', '"__proto__"', '"<script>alert(1)</script>"'],
  ...['"+275760-09-13T00:00:00.000Z"', '"-271821-04-20T00:00:00.000Z"', '"0000-01-01T00:00:00Z"'],
  ...['"9999-12-31T23:59:59.999Z"', '"1e9"', '"yesterday"', '"2026-11-30"', '"Mon, 30 Nov 2026 11:00 GMT"'],
  ...['"\\u202egnp"', '"a\\nb"', '"\\ud800"', '"\\u0000"', '"\\u001b[2J"', `"${'x'.repeat(10_000)}"`],
  ...[`"${'9'.repeat(80)}"`, `"${'9'.repeat(400)}"`, `[${'0,'.repeat(999)}0]`],
];

type Path = readonly (string | number)[];
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

/** Returns the document as JSON, with another value at this path. */
function forge(document: unknown, path: Path, json: string): string {
  const [key, ...rest] = path;
  if (key === undefined) return json;
  const entries = Object.entries(document as object).map(([name, each]) => {
    const text = name === String(key) ? forge(each, rest, json) : JSON.stringify(each);
    return Array.isArray(document) ? text : `${JSON.stringify(name)}:${text}`;
  });
  return Array.isArray(document) ? `[${entries}]` : `{${entries}}`;
}

/** Processes the bots' answers as one look does. It fails where a reader of the result would. */
function look(before: Watched, text: string) {
  const { success, data } = botStatusSchema.safeParse(JSON.parse(text));
  if (!success) return undefined;
  const now = answered(before, { status: data, atMs: nowMs, tookMs: 4 });
  const watched = [now, working('checkpoint', statusOf('checkpoint'))];
  const overview = overviewFor(watched);
  // A peer, the command or a script reads the overview in this form.
  const read = overviewSchema.parse(JSON.parse(JSON.stringify(overview)));
  const html = [...new Publisher().changes(overview, nowMs).values()].map(section => section.html).join('');
  expect(html).not.toContain('<script>alert');
  const texts = [
    html,
    textOf(read),
    ...conditions.flatMap(condition =>
      condition(deployment(watched)).map(finding => (finding.failing ? finding.message : '')),
    ),
    ...eventsBetween(
      { watched: [before], ownAlerts: [], nowMs },
      { watched: [now], ownAlerts: [], nowMs },
    ).map(event => JSON.stringify(event)),
  ];
  for (const each of texts) {
    const at = each.search(/NaN|Infinity|undefined|[^\P{Cc}\n]|\p{Cf}/u);
    if (at >= 0) throw new Error(each.slice(Math.max(at - 60, 0), at + 20));
  }
  for (const { value } of [
    ...gaugesOf(watched, walletsIn(watched, [], new Map())),
    ...samplesOf(watched, []),
  ])
    expect(Number.isFinite(value)).toBe(true);
  return read;
}

describe('a bot that answers anything', () => {
  const paths = pathsIn(whole());
  const before = working('invariant', botStatusSchema.parse(whole()));

  it('costs neither the page nor what is known of the others', () => {
    let taken = 0;
    // Every thirteenth pair runs, so that each field is forged three times. All pairs pass as well, in two
    // minutes.
    const pairs = paths.flatMap(path => forged.map(json => [path, json] as const));
    for (let i = 0; i < pairs.length; i += 13) {
      const [path, json] = pairs[i] as (typeof pairs)[number];
      const about = `${path.join('.')} = ${json.slice(0, 60)}`;
      let shown: ReturnType<typeof look>;
      try {
        shown = look(before, forge(whole(), path, json));
      } catch (error) {
        throw new Error(about, { cause: error });
      }
      if (!shown) continue;
      taken += 1;
      expect([about, shown.bots[1]?.level, Object.hasOwn(Object.prototype, 'healthy')]).toEqual([
        about,
        'ok',
        false,
      ]);
    }
    expect(taken).toBeGreaterThan(paths.length);
  });

  it('also with several parts forged at once, in random states', () => {
    const random = seededRandom(17);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    for (let i = 0; i < 200; i += 1) {
      let text = JSON.stringify(whole());
      for (let n = 0; n < 4; n += 1) {
        const document = JSON.parse(text);
        text = forge(document, pick(pathsIn(document)), pick(forged));
      }
      try {
        look(unseen(before.target, nowMs), text);
        look(before, text);
      } catch (error) {
        throw new Error(text.slice(0, 4_000), { cause: error });
      }
    }
  });
});
