import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openSmallDisk } from '@service-bots/devnet';
import { conditions } from '../src/conditions/index.ts';
import { Patience } from '../src/conditions/Patience.ts';
import { History } from '../src/history/History.ts';
import { answered, unseen, type Watched } from '../src/polling/watched.ts';
import { deployment, nowMs, statusOf } from './fixtures.ts';
import { openStage, type Stage, until, works } from './stage.ts';

const dayMs = 86_400_000;

describe('an hour in which nothing is wrong', () => {
  const bots = ['checkpoint', 'invariant', 'keeper'];
  const iso = (ms: number) => new Date(ms).toISOString();
  /** Returns a look at working bots, at a given moment. */
  const look = (before: readonly Watched[], ms: number, takes: number): Watched[] =>
    before.map((each, i) => {
      const bot = each.target.name;
      const block = Math.floor(ms / 12_000);
      const status = statusOf(bot, {
        time: iso(ms),
        startedAt: iso(nowMs - dayMs),
        chain: bot === 'keeper' ? { id: 143, name: 'monad' } : { id: 1, name: 'mainnet' },
        head: { number: block, hash: `0x${block.toString(16)}`, time: iso(block * 12_000) },
        rounds: {
          completed: 9,
          failed: 0,
          last: { at: iso(ms - 500 * i), durationMs: 200 },
          lateAfter: iso(ms + 60_000),
        },
        details: bot === 'invariant' ? { checked: block, waiting: 0 } : undefined,
        pools: [
          { address: `0x${'aa'.repeat(20)}`, name: 'A', next: { what: 'due', at: iso(ms + 3_600_000) } },
        ],
      });
      return answered(each, { status, atMs: ms, tookMs: takes });
    });
  const start = () => bots.map(name => unseen({ id: name, name, url: `http://${name}/status` }, nowMs));
  const raisedIn = (moments: readonly number[]) => {
    const patience = new Patience();
    let watched: Watched[] = start();
    return moments.flatMap((ms, i) => {
      watched = look(watched, ms, (i * 37) % 900);
      const findings = conditions.flatMap(condition => condition(deployment(watched, { nowMs: ms })));
      return patience.observations(findings, ms).filter(({ failing }) => failing);
    });
  };

  it('raises nothing', () => {
    expect(raisedIn(Array.from({ length: 360 }, (_, i) => nowMs + i * 10_000))).toEqual([]);
  });

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
    ['a day back', -dayMs],
  ])('raises nothing when all clocks are set %s', (_, jumpMs) => {
    const moments = Array.from({ length: 60 }, (_, i) => nowMs + i * 10_000 + (i < 30 ? 0 : jumpMs));
    expect(raisedIn(moments)).toEqual([]);
  });
});

describe('the history', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'watchtower-history-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const event = (text: string, ms: number) => ({
    at: new Date(ms).toISOString(),
    kind: 'action' as const,
    bot: 'keeper',
    text,
  });

  it('goes on in memory on a full disk, says so, and writes again once there is room', () => {
    const disk = openSmallDisk(512);
    try {
      const history = new History(join(disk.path, 'history.sqlite'));
      history.add([event('before', nowMs)]);
      expect(history.problem).toBeUndefined();
      disk.fill();
      for (let i = 0; i < 200 && history.problem === undefined; i += 1)
        history.add([event(`${'x'.repeat(2_000)} ${i}`, nowMs)]);
      expect(history.problem).toMatch(/could not be written: .*full/);
      history.add([event('while full', nowMs)]);
      expect(history.recent(1)).toMatchObject([{ text: 'while full' }]);
      disk.free();
      history.add([event('after', nowMs)]);
      expect(history.problem).toBeUndefined();
      history.close();
      const again = new History(join(disk.path, 'history.sqlite'));
      expect(again.recent(500).map(({ text }) => text)).toEqual(expect.arrayContaining(['before', 'after']));
      again.close();
    } finally {
      disk.close();
    }
  });

  it('stays below its limit also when all of it is of one day', () => {
    const path = join(folder, 'flooded.sqlite');
    const mostBytes = 500_000;
    const history = new History(path, mostBytes);
    history.add(Array.from({ length: 5_000 }, (_, i) => event(`${'x'.repeat(300)} ${i}`, nowMs)));
    history.sample(
      Array.from({ length: 5_000 }, (_, i) => ({
        series: `headroom of a pool that is named once ${i}`,
        value: i,
      })),
      nowMs,
    );
    history.prune(nowMs);
    expect(statSync(path).size).toBeLessThan(mostBytes * 1.1);
    expect(history.recent(1)).toMatchObject([{ text: expect.stringMatching(/ 4999$/) }]);
    history.sample([{ series: 'headroom 7', value: 7 }], nowMs + 1);
    expect(history.values('headroom 7', 0)).toEqual([{ atMs: nowMs + 1, value: 7 }]);
    history.close();
  });

  it('stays below its limit, at the cost of the oldest', () => {
    const path = join(folder, 'limited.sqlite');
    const mostBytes = 2_000_000;
    const history = new History(path, mostBytes);
    for (let day = 0; day < 30; day += 1) {
      const ms = nowMs + day * dayMs;
      history.sample(
        Array.from({ length: 2_000 }, (_, i) => ({ series: `headroom ${i}`, value: day })),
        ms,
      );
      history.add([event(`day ${day}`, ms)]);
      history.prune(ms);
    }
    expect(statSync(path).size).toBeLessThan(mostBytes * 1.1);
    const kept = history.values('headroom 7', 0).map(({ value }) => value);
    expect([kept.at(-1), kept.includes(0)]).toEqual([29, false]);
    expect(history.problem).toBeUndefined();
    history.close();
  });
});

describe('the watchtower as a process', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.killAll());
  afterAll(() => stage.close());

  it('serves its page with 1,000 open alerts, and 200 clients that do not read keep nobody from it', async () => {
    const openAlerts = Array.from({ length: 1_000 }, (_, i) => ({
      key: `k:${i}`,
      check: 'pool-failing',
      severity: i % 2 ? 'warning' : 'error',
      title: 'a pool could not be looked after',
      message: `${i} `.repeat(100),
      since: new Date(nowMs - i).toISOString(),
    }));
    const other = [{ ...openAlerts[1], key: 'other', check: 'alone', severity: 'warning' }];
    stage.answers = {
      checkpoint: works('checkpoint', { openAlerts }),
      invariant: works('invariant', { openAlerts: other }),
    };
    const { url, overview } = await stage.start();
    const shown = await until(overview, ({ alerts }) => alerts.length > 50);
    // A bot with many alerts does not displace the alerts of other bots.
    expect([shown.alerts.length, shown.alertsLeftOut]).toEqual([51, 950]);
    expect(shown.alerts.map(({ check }) => check)).toContain('alone');

    // These clients never read. The socket's buffers fill up, and each client keeps only the newest message
    // of each kind.
    const clients = await Promise.all(
      Array.from(
        { length: 200 },
        () =>
          new Promise<{ destroy(): void }>((resolve, reject) => {
            const request = get(`${url}/api/events`, response => {
              response.pause();
              resolve(request);
            });
            request.on('error', reject);
          }),
      ),
    );
    const versions = ['0.1.1', '0.1.2', '0.1.3'];
    for (const version of versions) {
      stage.answers.invariant = works('invariant', { version });
      await until(overview, ({ bots }) => bots[1]?.version === version);
    }
    expect((await fetch(url)).status).toBe(200);
    for (const client of clients) client.destroy();
  });
});
