import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeClock, fakeClock } from '../../test/support/fakeClock.ts';
import { type Line, recordingLogger } from '../../test/support/recordingLogger.ts';
import { memoryStore } from '../store/index.ts';
import { Alerter, type AlerterOptions } from './Alerter.ts';
import type { Decision, Notice } from './alert.ts';
import type { Channel } from './channel.ts';
import { DeliveryFailed } from './deliveryFailed.ts';
import type { Decisions } from './schemas.ts';

const minute = 60_000;
const hour = 60 * minute;
const pool = `0x${'11'.repeat(20)}`;
const key = 'keeper:broken:devnet:-';
const failing = (message = 'it broke') => ({ check: 'broken', failing: true as const, message });
const fine = { check: 'broken', failing: false as const };

/** The files of an alerter as they are now, as a killed process leaves them. */
function copied(files: string): string {
  copyFileSync(`${files}.jsonl`, `${files}-copy.jsonl`);
  return `${files}-copy`;
}

/** A channel that records; `act` may refuse. */
function channel(name: string, act: (notice: Notice) => unknown = () => undefined) {
  const told: string[] = [];
  const notices: Notice[] = [];
  const it: Channel = {
    name,
    async deliver(given) {
      for (const notice of given) {
        await act(notice);
        notices.push(notice);
        told.push(`${notice.occasion} ${notice.alert.dedupKey}`);
      }
    },
  };
  return { it, told, notices };
}

let clock: FakeClock;
let lines: Line[];
let folder: string;
let opened: Alerter[];
beforeEach(() => {
  clock = fakeClock();
  lines = [];
  opened = [];
  folder = mkdtempSync(join(tmpdir(), 'alerter-'));
});
afterEach(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true });
});

function alerter(channels: Channel[], more: Partial<AlerterOptions> = {}): Alerter {
  const alerts = new Alerter({
    bot: 'keeper',
    chain: () => 'devnet',
    version: '1.2.3',
    table: { broken: { title: 'something broke', severity: 'error', runbook: 'broken' } },
    runbookUrl: 'https://wiki.example.com/runbooks',
    channels,
    clock,
    logger: recordingLogger(lines),
    redact: text => text.replaceAll('s3cret', '***'),
    attemptMs: 100,
    ...more,
  });
  opened.push(alerts);
  return alerts;
}

describe('Alerter', () => {
  it('default: what a check found becomes an alert with all that a person needs', async () => {
    const sink = channel('sink');
    const alerts = alerter([sink.it]);
    alerts.observe([{ ...failing('it broke: s3cret'), pool, data: { price: 7n, s3cret: 's3cret' } }]);
    await clock.advance(0);
    expect(sink.notices).toEqual([
      {
        id: expect.any(String),
        occasion: 'opened',
        at: clock.now(),
        alert: {
          dedupKey: `keeper:broken:devnet:${pool}`,
          severity: 'error',
          bot: 'keeper',
          check: 'broken',
          chain: 'devnet',
          pool,
          subject: undefined,
          title: 'something broke',
          message: 'it broke: ***',
          runbook: 'https://wiki.example.com/runbooks/broken.md',
          owner: 'on-call',
          version: '1.2.3',
          since: clock.now(),
          count: 1,
          data: { price: '7', '***': '***' },
        },
      },
    ]);
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'alert opened: something broke: it broke: ***',
        fields: expect.objectContaining({ check: 'broken', pool, severity: 'error', price: '7' }),
      },
    ]);
  });

  it('behavior: 48 hours, with a restart in every one of them, are told four times and once when they are over', async () => {
    const sink = channel('sink');
    let alerts = alerter([sink.it], { files: join(folder, 'alerts') });
    for (let at = 0; at <= 48 * hour; at += 5 * minute) {
      alerts.observe([at < 48 * hour - 15 * minute ? failing() : fine]);
      await clock.advance(5 * minute);
      if (at % hour !== 0) continue;
      alerts.close();
      alerts = alerter([sink.it], { files: join(folder, 'alerts') });
    }
    expect(sink.notices.map(({ occasion, at }) => [occasion, Math.floor((at - 1_000_000) / hour)])).toEqual([
      ['opened', 0],
      ['lasting', 1],
      ['lasting', 5],
      ['lasting', 29],
      ['resolved', 47],
    ]);
    expect(alerts.open).toEqual([]);
  });

  it('behavior: a warning that turns critical pages at once, and one that comes back pages again', async () => {
    const sink = channel('sink');
    const alerts = alerter([sink.it]);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    alerts.observe([{ ...failing(), severity: 'critical' }]);
    alerts.observe([fine]);
    await clock.advance(5 * minute);
    alerts.observe([fine]);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    await clock.advance(0);
    expect(sink.told).toEqual(['opened', 'escalated', 'resolved', 'opened'].map(each => `${each} ${key}`));
    expect(lines.map(({ level }) => level)).toEqual(['warning', 'critical', 'info', 'warning']);
  });

  it('behavior: news go to the channels that want them, once, and leave nothing open', async () => {
    const [curious, other] = [channel('curious'), channel('other')];
    const alerts = alerter([{ ...curious.it, wants: () => true }, other.it]);
    alerts.tell({
      check: 'round-done',
      title: 'a round is done',
      message: 'round 12',
      pool,
      data: { gas: 7n },
    });
    await clock.advance(0);
    expect([curious.told, other.told]).toEqual([[`news keeper:round-done:devnet:${pool}`], []]);
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'news: a round is done: round 12',
        fields: { check: 'round-done', pool, gas: '7' },
      },
    ]);
    expect(alerts.open).toEqual([]);
  });

  it('behavior: a channel gets what it wants, and the end of what it got', async () => {
    const pager = channel('pager');
    const alerts = alerter([{ ...pager.it, wants: ({ alert }) => alert.severity === 'critical' }]);
    const round = async (observation: Parameters<Alerter['observe']>[0][number]) => {
      alerts.observe([observation]);
      await clock.advance(3 * minute);
    };
    for (const severity of ['warning', 'critical', 'warning', 'warning', 'warning'] as const)
      await round({ ...failing(), severity });
    for (let i = 0; i < 3; i += 1) await round(fine);
    expect(pager.told).toEqual([`escalated ${key}`, `resolved ${key}`]);
  });

  it('behavior: who was told is told of the end, though it calmed down meanwhile and they now want to hear of worse only', async () => {
    const files = join(folder, 'alerts');
    const [first, second, third] = ['all', 'critical', 'never'].map(name => channel(name)) as [
      ReturnType<typeof channel>,
      ReturnType<typeof channel>,
      ReturnType<typeof channel>,
    ];
    const wanting = (of: ReturnType<typeof channel>, ...wanted: string[]): Channel => {
      return { ...of.it, wants: ({ alert }) => wanted.includes(alert.severity) };
    };
    const before = alerter(
      [wanting(first, 'warning', 'critical'), wanting(second, 'critical'), wanting(third)],
      {
        files,
      },
    );
    before.observe([{ ...failing(), severity: 'critical' }]);
    for (let i = 0; i < 3; i += 1) {
      await clock.advance(5 * minute);
      before.observe([{ ...failing(), severity: 'warning' }]);
    }
    before.close();
    const after = alerter([wanting(first), wanting(second), wanting(third, 'warning', 'critical')], {
      files,
    });
    for (let i = 0; i < 3; i += 1) {
      after.observe([fine]);
      await clock.advance(5 * minute);
    }
    expect([first.told, second.told, third.told]).toEqual([
      [`opened ${key}`, `resolved ${key}`],
      [`opened ${key}`, `resolved ${key}`],
      [],
    ]);
  });

  it('behavior: killed, what ends by having been quiet is not over early for that, and is saved now and then only', async () => {
    const files = join(folder, 'alerts');
    const table = {
      broken: { title: 'something broke', severity: 'error', runbook: 'broken', quietHours: 1 },
    } as const;
    const sink = channel('sink');
    const first = alerter([sink.it], { files, table });
    for (let seconds = 0; seconds < 50 * 60; seconds += 5) {
      first.observe([failing()]);
      await clock.advance(5_000);
    }
    // A line a minute at most.
    expect(readFileSync(`${files}.jsonl`, 'utf8').split('\n').length).toBeLessThan(55);
    // Killed: what a stop in good order would have saved is lost.
    const second = alerter([sink.it], { files: copied(files), table });
    const openAfter = async (minutes: number) => {
      await clock.advance(minutes * minute);
      second.observe([]);
      return second.open.length;
    };
    expect(await openAfter(58)).toBe(1);
    expect(await openAfter(3)).toBe(0);
  });

  it('behavior: by a clock that was set back people are reminded as by one that was not', async () => {
    let backMs = 0;
    const sink = channel('sink');
    const alerts = alerter([sink.it], { clock: { ...clock, now: () => clock.now() - backMs } });
    alerts.observe([failing()]);
    await clock.advance(10 * minute);
    alerts.observe([]);
    backMs = 24 * hour;
    for (let i = 0; i < 15; i += 1) {
      // The check itself cannot run.
      alerts.observe([]);
      await clock.advance(5 * minute);
    }
    expect(sink.told).toEqual([`opened ${key}`, `lasting ${key}`]);
  });

  it('behavior: a check that is not in the table is raised all the same', () => {
    const alerts = alerter([]);
    alerts.observe([{ check: 'novel', failing: true, message: 'm' }]);
    expect(alerts.open[0]).toMatchObject({ check: 'novel', severity: 'error', title: 'novel' });
  });

  it('behavior: found twice in a round is once', () => {
    const alerts = alerter([]);
    alerts.observe([failing(), fine, failing()]);
    expect(alerts.open).toMatchObject([{ count: 1 }]);
  });

  it('behavior: of several blocks looked at in one round the one that it began with is told, or a worse one', async () => {
    const sink = channel('sink');
    const alerts = alerter([sink.it]);
    alerts.observe([fine, failing('block 7'), failing('block 8'), fine]);
    alerts.observe([
      { ...failing('block 9'), severity: 'warning' },
      { ...failing('block 10'), severity: 'critical' },
      { ...failing('block 11'), severity: 'critical' },
      failing('block 12'),
    ]);
    await clock.advance(0);
    expect(sink.notices.map(({ occasion, alert }) => [occasion, alert.message])).toEqual([
      ['opened', 'block 7'],
      ['escalated', 'block 10'],
    ]);
  });

  it('behavior: what was raised before the chain was known ends under the key it began with', async () => {
    let chain = 'unknown';
    const sink = channel('sink');
    const alerts = alerter([sink.it], { chain: () => chain });
    alerts.observe([failing()]);
    chain = 'devnet';
    alerts.observe([fine]);
    await clock.advance(5 * minute);
    alerts.observe([fine]);
    await clock.advance(0);
    expect(sink.told).toEqual(['opened keeper:broken:unknown:-', 'resolved keeper:broken:unknown:-']);
  });

  it('behavior: a process that does not know its chain yet tells nothing anew that is open', async () => {
    const files = join(folder, 'alerts');
    const sink = channel('sink');
    const first = alerter([sink.it], { files });
    first.observe([{ ...failing(), severity: 'critical' }]);
    await clock.advance(0);
    first.close();
    let chain = 'unknown';
    const second = alerter([sink.it], { files, chain: () => chain });
    second.observe([{ ...failing(), severity: 'warning' }]);
    second.observe([
      { ...failing(), severity: 'critical' },
      { ...failing(), pool },
    ]);
    expect(second.open).toMatchObject([
      { dedupKey: key, chain: 'devnet', count: 3 },
      { dedupKey: `keeper:broken:unknown:${pool}` },
    ]);
    chain = 'devnet';
    second.observe([fine]);
    await clock.advance(5 * minute);
    second.observe([fine]);
    await clock.advance(0);
    expect(sink.told.filter(each => each.endsWith(key))).toEqual([`opened ${key}`, `resolved ${key}`]);
  });

  it('behavior: what is not looked at any more ends, and nothing else does', async () => {
    const sink = channel('sink');
    const alerts = alerter([sink.it]);
    alerts.observe([{ ...failing(), pool }, failing()]);
    alerts.end(alert => alert.pool === pool, 'the pool is gone');
    expect(alerts.open.map(each => each.pool)).toEqual([undefined]);
    await clock.advance(0);
    expect(sink.notices.filter(({ occasion }) => occasion === 'resolved')).toMatchObject([
      { ending: 'the pool is gone', alert: { pool } },
    ]);
  });

  it('behavior: an alert whose check a new version does not have ends with it', async () => {
    const sink = channel('sink');
    const files = join(folder, 'alerts');
    alerter([sink.it], { files }).observe([failing()]);
    await clock.advance(0);
    const alerts = alerter([sink.it], { files, table: {} });
    await clock.advance(0);
    expect(alerts.open).toEqual([]);
    expect(sink.notices.at(-1)?.ending).toContain('this version');
  });

  it('behavior: an alert about a channel ends once the channel is not used any more', async () => {
    const sink = channel('sink');
    const files = join(folder, 'alerts');
    const bad = channel('bad', () => {
      throw new DeliveryFailed('HTTP 401', { permanent: true });
    });
    const before = alerter([sink.it, bad.it], { files });
    before.observe([failing()]);
    await clock.advance(0);
    expect(before.open.map(({ check }) => check)).toEqual(['broken', 'alerts-refused']);
    const alerts = alerter([sink.it], { files });
    await clock.advance(0);
    expect(alerts.open.map(({ check }) => check)).toEqual(['broken']);
    expect(sink.notices.at(-1)).toMatchObject({ occasion: 'resolved', alert: { subject: 'bad' } });
  });

  it('behavior: what waited for a channel that is not used any more is told to the others, if none of them knows', async () => {
    const files = join(folder, 'alerts');
    const down = (name: string) =>
      channel(name, () => {
        throw new DeliveryFailed('HTTP 503');
      });
    const [gone, kept, next] = [down('gone'), channel('kept'), channel('next')];
    const critical = (check: string) => ({ ...failing(), check, severity: 'critical' as const });
    const table = Object.fromEntries(
      ['both', 'alone'].map(check => [check, { title: check, severity: 'critical' as const, runbook: 'x' }]),
    );
    const isBoth: Channel['wants'] = ({ alert }) => alert.check === 'both';
    const before = alerter([gone.it, { ...kept.it, wants: isBoth }], { files, table });
    before.observe([critical('both'), { ...critical('alone'), severity: 'warning' }]);
    before.observe([critical('alone')]);
    before.tell({ check: 'done', title: 'done', message: 'm' });
    await clock.advance(0);
    const after = alerter([{ ...kept.it, wants: isBoth }, next.it], { files: copied(files), table });
    await clock.advance(0);
    after.observe([critical('both'), critical('alone')]);
    await clock.advance(0);
    expect(kept.told).toEqual(['opened keeper:both:devnet:-']);
    expect(next.told).toEqual(['escalated keeper:alone:devnet:-']);
    for (let i = 0; i < 3; i += 1) {
      after.observe(['both', 'alone'].map(check => ({ ...fine, check })));
      await clock.advance(5 * minute);
    }
    expect(next.told.at(-1)).toBe('resolved keeper:alone:devnet:-');
  });

  it('behavior: a file that makes no sense is set aside and said so; what makes sense of it still counts', async () => {
    const files = join(folder, 'alerts');
    alerter([], { files }).observe([failing()]);
    writeFileSync(`${files}.jsonl`, `nonsense\n${readFileSync(`${files}.jsonl`, 'utf8')}`);
    const alerts = alerter([], { files });
    alerts.observe([]);
    expect(alerts.open.map(({ check }) => check)).toEqual(['broken', 'state-unreadable']);
    expect(readFileSync(`${files}.jsonl.unreadable`, 'utf8')).toContain('nonsense');
  });

  it('behavior: where the disk takes nothing, alerts still go out, and that is said', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const sink = channel('sink');
    const alerts = alerter([sink.it], { files: join(folder, 'a-file', 'alerts') });
    alerts.observe([failing()]);
    alerts.observe([fine]);
    await clock.advance(0);
    expect(sink.told[0]).toBe(`opened ${key}`);
    expect(alerts.open.at(-1)?.message).toContain('cannot be written (ENOTDIR)');
  });
});

describe('what people decided', () => {
  const decision: Decision = {
    kind: 'mute',
    by: 'ann',
    why: 'works',
    at: 1_000_000,
    until: 1_000_000 + 2 * hour,
  };

  it('default: a mute keeps the channels silent until it expires, not the log', async () => {
    const sink = channel('sink');
    const alerts = alerter([sink.it], { decisions: memoryStore<Decisions>({ [key]: decision }) });
    await alerts.readDecisions();
    alerts.observe([failing()]);
    expect(lines[0]?.message).toBe('alert opened, but muted: something broke: it broke');
    expect(alerts.open[0]).toMatchObject({ lastSentAt: undefined, decision });
    for (let i = 0; i < 23; i += 1) {
      await clock.advance(5 * minute);
      alerts.observe([failing()]);
    }
    expect(sink.told).toEqual([]);
    await clock.advance(5 * minute);
    alerts.observe([]);
    await clock.advance(0);
    expect(sink.told).toEqual([`opened ${key}`]);
    expect(alerts.open[0]?.decision).toBeUndefined();
  });

  it('behavior: who took care of it is told with the end; what was taken back does not count', async () => {
    const store = memoryStore<Decisions>({});
    const sink = channel('sink');
    const alerts = alerter([sink.it], { decisions: store });
    alerts.observe([failing()]);
    await store.write({ [key]: { kind: 'ack', by: 'ann', why: 'on it', at: clock.now() } });
    const observe = async (times: number, observation: typeof fine | ReturnType<typeof failing>) => {
      for (let i = 0; i < times; i += 1) {
        await clock.advance(5 * minute);
        alerts.observe([observation]);
        await clock.advance(0);
      }
    };
    await observe(24, failing());
    expect(sink.told).toEqual([`opened ${key}`, `acknowledged ${key}`]);
    await store.write({});
    await observe(2, failing());
    expect(sink.told.at(-1)).toBe(`lasting ${key}`);
    await store.write({ [key]: { kind: 'ack', by: 'ann', why: 'on it', at: clock.now() } });
    await observe(3, fine);
    expect(sink.notices.at(-1)).toMatchObject({
      occasion: 'resolved',
      decision: { by: 'ann', why: 'on it' },
    });
  });
});

describe('what goes wrong with a channel', () => {
  it('behavior: is raised through the others, and ends when it works again', async () => {
    let isDown = true;
    const bad = channel('bad', () => {
      if (isDown) throw new DeliveryFailed('HTTP 503');
    });
    const good = channel('good');
    const alerts = alerter([bad.it, good.it]);
    alerts.observe([failing()]);
    await clock.advance(6 * minute);
    alerts.observe([]);
    await clock.advance(0);
    expect(good.notices.at(-1)?.alert).toMatchObject({
      check: 'channel-failing',
      subject: 'bad',
      message: expect.stringMatching(/^bad has taken nothing since .* \(HTTP 503\); 1 wait$/),
    });
    isDown = false;
    await clock.advance(2 * minute);
    for (let i = 0; i < 3; i += 1) {
      alerts.observe([]);
      await clock.advance(3 * minute);
    }
    expect(bad.told).toEqual([`opened ${key}`]);
    expect(good.told.at(-1)).toBe('resolved keeper:channel-failing:devnet:-:bad');
  });

  it('behavior: what is refused for good is kept in a file and told through the others, at once', async () => {
    const bad = channel('bad', () => {
      throw new DeliveryFailed('HTTP 400', { permanent: true, answer: 'bad text' });
    });
    const good = channel('good');
    alerter([bad.it, good.it], { files: join(folder, 'alerts') }).observe([failing()]);
    await clock.advance(0);
    expect(good.notices.at(-1)?.alert).toMatchObject({ check: 'alerts-refused', subject: 'bad' });
    const [line = ''] = readFileSync(join(folder, 'alerts-refused.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      channel: 'bad',
      reason: 'HTTP 400',
      answer: 'bad text',
      notice: { alert: { dedupKey: key } },
    });
  });

  it('behavior: where there is no other channel, it is told to itself', async () => {
    const only = channel('only', ({ alert }) => {
      if (alert.check === 'broken') throw new DeliveryFailed('HTTP 400', { permanent: true });
    });
    alerter([only.it]).observe([failing()]);
    await clock.advance(0);
    expect(only.told).toEqual(['opened keeper:alerts-refused:devnet:-:only']);
  });

  it('behavior: how many were dropped is told; the critical ones never are', async () => {
    let isDown = true;
    const bad = channel('bad', () => {
      if (isDown) throw new DeliveryFailed('HTTP 503');
    });
    const good = channel('good');
    const alerts = alerter([bad.it, good.it], { mostWaiting: 10 });
    const raise = async (count: number, severity: 'warning' | 'error' | 'critical') => {
      alerts.observe(
        Array.from({ length: count }, (_, i) => ({ ...failing(), check: `${severity}-${i}`, severity })),
      );
      await clock.advance(0);
    };
    await raise(5, 'error');
    await raise(8, 'warning');
    await raise(12, 'critical');
    expect(alerts.channels[0]).toMatchObject({ name: 'bad', waiting: 22, dropped: 3 });
    expect(good.notices.find(({ alert }) => alert.check === 'alerts-dropped')?.alert.message).toMatch(
      /^3 alerts for bad were dropped/,
    );
    isDown = false;
    await clock.advance(5 * minute);
    const severities = bad.notices.map(({ alert }) => alert.severity);
    expect(severities.slice(0, 12)).toEqual(Array(12).fill('critical'));
    expect(severities.filter(severity => severity === 'warning')).toHaveLength(5);
  });
});
