import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  AlertDesk,
  channel,
  copied,
  failing,
  fine,
  key,
  minute,
  pool,
} from '../../../test/support/alertDesk.ts';
import type { Alerter } from '../lifecycle/Alerter.ts';
import { type Channel, DeliveryFailed } from './Channel.ts';

const desk = new AlertDesk();

describe('the channels', () => {
  it('behavior: sends news once, to the channels that want it, and leaves no alert open', async () => {
    const [curious, other] = [channel('curious'), channel('other')];
    const alerts = desk.alerter([{ ...curious.it, wants: () => true }, other.it]);
    alerts.tell({
      check: 'round-done',
      title: 'a round is done',
      message: 'round 12',
      pool,
      data: { gas: 7n },
    });
    await desk.clock.advance(0);
    expect([curious.told, other.told]).toEqual([[`news keeper:round-done:devnet:${pool}`], []]);
    expect(desk.lines).toEqual([
      {
        level: 'info',
        message: 'news: a round is done: round 12',
        fields: { check: 'round-done', pool, gas: '7' },
      },
    ]);
    expect(alerts.open).toEqual([]);
  });

  it('behavior: sends a channel the alerts that it wants, and the end of each of them', async () => {
    const pager = channel('pager');
    const alerts = desk.alerter([{ ...pager.it, wants: ({ alert }) => alert.severity === 'critical' }]);
    const round = async (observation: Parameters<Alerter['observe']>[0][number]) => {
      alerts.observe([observation]);
      await desk.clock.advance(3 * minute);
    };
    for (const severity of ['warning', 'critical', 'warning', 'warning', 'warning'] as const)
      await round({ ...failing(), severity });
    for (let i = 0; i < 3; i += 1) await round(fine);
    expect(pager.told).toEqual([`escalated ${key}`, `resolved ${key}`]);
  });

  it('behavior: sends the end to a channel that got the alert, even below its present minimum severity', async () => {
    const { files } = desk;
    const [first, second, third] = ['all', 'critical', 'never'].map(name => channel(name)) as [
      ReturnType<typeof channel>,
      ReturnType<typeof channel>,
      ReturnType<typeof channel>,
    ];
    const wanting = (of: ReturnType<typeof channel>, ...wanted: string[]): Channel => {
      return { ...of.it, wants: ({ alert }) => wanted.includes(alert.severity) };
    };
    const before = desk.alerter(
      [wanting(first, 'warning', 'critical'), wanting(second, 'critical'), wanting(third)],
      {
        files,
      },
    );
    before.observe([{ ...failing(), severity: 'critical' }]);
    for (let i = 0; i < 3; i += 1) {
      await desk.clock.advance(5 * minute);
      before.observe([{ ...failing(), severity: 'warning' }]);
    }
    before.close();
    const after = desk.alerter([wanting(first), wanting(second), wanting(third, 'warning', 'critical')], {
      files,
    });
    for (let i = 0; i < 3; i += 1) {
      after.observe([fine]);
      await desk.clock.advance(5 * minute);
    }
    expect([first.told, second.told, third.told]).toEqual([
      [`opened ${key}`, `resolved ${key}`],
      [`opened ${key}`, `resolved ${key}`],
      [],
    ]);
  });

  it('behavior: resolves an alert about a channel that is no longer configured', async () => {
    const sink = channel('sink');
    const { files } = desk;
    const bad = channel('bad', () => {
      throw new DeliveryFailed('HTTP 401', { permanent: true });
    });
    const before = desk.alerter([sink.it, bad.it], { files });
    before.observe([failing()]);
    await desk.clock.advance(0);
    expect(before.open.map(({ check }) => check)).toEqual(['broken', 'alerts-refused']);
    const alerts = desk.alerter([sink.it], { files });
    await desk.clock.advance(0);
    expect(alerts.open.map(({ check }) => check)).toEqual(['broken']);
    expect(sink.notices.at(-1)).toMatchObject({ occasion: 'resolved', alert: { subject: 'bad' } });
  });

  it('behavior: sends an alert that waits for a removed channel to the others, if none of them got it', async () => {
    const { files } = desk;
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
    const before = desk.alerter([gone.it, { ...kept.it, wants: isBoth }], { files, table });
    before.observe([critical('both'), { ...critical('alone'), severity: 'warning' }]);
    before.observe([critical('alone')]);
    before.tell({ check: 'done', title: 'done', message: 'm' });
    await desk.clock.advance(0);
    const after = desk.alerter([{ ...kept.it, wants: isBoth }, next.it], { files: copied(files), table });
    await desk.clock.advance(0);
    after.observe([critical('both'), critical('alone')]);
    await desk.clock.advance(0);
    expect(kept.told).toEqual(['opened keeper:both:devnet:-']);
    // The new channel also gets the critical alert that is open.
    expect(next.told).toEqual(['escalated keeper:alone:devnet:-', 'lasting keeper:both:devnet:-']);
    for (let i = 0; i < 3; i += 1) {
      after.observe(['both', 'alone'].map(check => ({ ...fine, check })));
      await desk.clock.advance(5 * minute);
    }
    expect(next.told.at(-1)).toBe('resolved keeper:alone:devnet:-');
  });
});

describe('a channel that fails', () => {
  it('behavior: is raised through the other channels, and resolved when the channel works again', async () => {
    let isDown = true;
    const bad = channel('bad', () => {
      if (isDown) throw new DeliveryFailed('HTTP 503');
    });
    const good = channel('good');
    const alerts = desk.alerter([bad.it, good.it]);
    alerts.observe([failing()]);
    await desk.clock.advance(6 * minute);
    alerts.observe([]);
    await desk.clock.advance(0);
    expect(good.notices.at(-1)?.alert).toMatchObject({
      check: 'channel-failing',
      subject: 'bad',
      message: expect.stringMatching(
        /^bad has delivered no alert since .* \(HTTP 503\); 1 alert waits for it\. /,
      ),
    });
    isDown = false;
    await desk.clock.advance(2 * minute);
    for (let i = 0; i < 3; i += 1) {
      alerts.observe([]);
      await desk.clock.advance(3 * minute);
    }
    expect(bad.told).toEqual([`opened ${key}`]);
    expect(good.told.at(-1)).toBe('resolved keeper:channel-failing:devnet:-:bad');
  });

  it('behavior: keeps a permanently rejected alert in a file and reports it through the other channels at once', async () => {
    const bad = channel('bad', () => {
      throw new DeliveryFailed('HTTP 400', { permanent: true, answer: 'bad text' });
    });
    const good = channel('good');
    desk.alerter([bad.it, good.it], { files: desk.files }).observe([failing()]);
    await desk.clock.advance(0);
    expect(good.notices.at(-1)?.alert).toMatchObject({ check: 'alerts-refused', subject: 'bad' });
    const [line = ''] = readFileSync(join(desk.folder, 'alerts-refused.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      channel: 'bad',
      reason: 'HTTP 400',
      answer: 'bad text',
      notice: { alert: { dedupKey: key } },
    });
  });

  it('behavior: names the log alone when a rejected alert could not be kept in a file', async () => {
    writeFileSync(join(desk.folder, 'a-file'), '');
    const bad = channel('bad', () => {
      throw new DeliveryFailed('HTTP 400', { permanent: true });
    });
    const good = channel('good');
    const alerts = desk.alerter([bad.it, good.it], { files: join(desk.folder, 'a-file', 'alerts') });
    alerts.observe([failing()]);
    await desk.clock.advance(0);
    const told = good.notices.find(({ alert }) => alert.check === 'alerts-refused');
    expect(told?.alert.message).toMatch(/The alert is kept in the log only$/);
  });

  it('behavior: reports a rejection to the channel itself when there is no other channel', async () => {
    const only = channel('only', ({ alert }) => {
      if (alert.check === 'broken') throw new DeliveryFailed('HTTP 400', { permanent: true });
    });
    desk.alerter([only.it]).observe([failing()]);
    await desk.clock.advance(0);
    expect(only.told).toEqual(['opened keeper:alerts-refused:devnet:-:only']);
  });

  it('behavior: reports how many alerts were discarded, and never discards a critical one', async () => {
    let isDown = true;
    const bad = channel('bad', () => {
      if (isDown) throw new DeliveryFailed('HTTP 503');
    });
    const good = channel('good');
    const alerts = desk.alerter([bad.it, good.it], { mostWaiting: 10 });
    const raise = async (count: number, severity: 'warning' | 'error' | 'critical') => {
      alerts.observe(
        Array.from({ length: count }, (_, i) => ({ ...failing(), check: `${severity}-${i}`, severity })),
      );
      await desk.clock.advance(0);
    };
    await raise(5, 'error');
    await raise(8, 'warning');
    await raise(12, 'critical');
    expect(alerts.channels[0]).toMatchObject({ name: 'bad', waiting: 22, dropped: 3 });
    expect(good.notices.find(({ alert }) => alert.check === 'alerts-dropped')?.alert.message).toMatch(
      /^3 alerts for bad were discarded/,
    );
    isDown = false;
    await desk.clock.advance(5 * minute);
    const severities = bad.notices.map(({ alert }) => alert.severity);
    expect(severities.slice(0, 12)).toEqual(Array(12).fill('critical'));
    expect(severities.filter(severity => severity === 'warning')).toHaveLength(5);
  });
});
