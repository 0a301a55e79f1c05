import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  AlertDesk,
  channel,
  copied,
  failing,
  fine,
  hour,
  key,
  minute,
  pool,
} from '../../../test/support/alertDesk.ts';

const desk = new AlertDesk();

describe('Alerter', () => {
  it('default: turns a finding into an alert with all that a person needs', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([{ ...failing('it broke: s3cret'), pool, data: { price: 7n, s3cret: 's3cret' } }]);
    await desk.clock.advance(0);
    expect(sink.notices).toEqual([
      {
        id: expect.any(String),
        occasion: 'opened',
        at: desk.clock.now(),
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
          since: desk.clock.now(),
          count: 1,
          data: { price: '7', '***': '***' },
        },
        environment: '',
      },
    ]);
    expect(desk.lines).toEqual([
      {
        level: 'error',
        message: 'alert opened: something broke: it broke: ***',
        fields: expect.objectContaining({ check: 'broken', pool, severity: 'error', price: '7' }),
      },
    ]);
  });

  it('behavior: resolves at once, with the reason, an alert that no check observes any more', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    const muted = { check: 'broken', failing: false as const, ended: 'muted until 2026-12-31: known' };
    alerts.observe([muted]);
    alerts.observe([failing('it broke')]);
    alerts.observe([muted]);
    await desk.clock.advance(0);
    expect(sink.notices.map(({ occasion, ending }) => [occasion, ending])).toEqual([
      ['opened', undefined],
      ['resolved', 'muted until 2026-12-31: known'],
    ]);
    expect(alerts.open).toEqual([]);
  });

  it('behavior: reports 48 hours four times and once at the end, with a restart in each hour', async () => {
    const sink = channel('sink');
    let alerts = desk.alerter([sink.it], { files: desk.files });
    for (let at = 0; at <= 48 * hour; at += 5 * minute) {
      alerts.observe([at < 48 * hour - 15 * minute ? failing() : fine]);
      await desk.clock.advance(5 * minute);
      if (at % hour !== 0) continue;
      alerts.close();
      alerts = desk.alerter([sink.it], { files: desk.files });
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

  it('behavior: sends no reminder after a long downtime if the alert turns out to be over', async () => {
    const { files } = desk;
    const sink = channel('sink');
    const first = desk.alerter([sink.it], { files });
    first.observe([failing()]);
    await desk.clock.advance(0);
    first.close();
    await desk.clock.advance(6 * hour);
    const second = desk.alerter([sink.it], { files });
    for (let minutes = 0; minutes < 30; minutes += 1) {
      second.observe([{ check: 'another', failing: false }]);
      await desk.clock.advance(minute);
    }
    second.observe([fine]);
    await desk.clock.advance(5 * minute);
    second.observe([fine]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual([`opened ${key}`, `resolved ${key}`]);
  });

  it('behavior: reminds people after a downtime once the finding is found again, or after an hour without a check', async () => {
    const { files } = desk;
    const sink = channel('sink');
    const first = desk.alerter([sink.it], { files });
    first.observe([failing(), { ...failing(), pool }]);
    await desk.clock.advance(0);
    first.close();
    await desk.clock.advance(6 * hour);
    const second = desk.alerter([sink.it], { files });
    second.observe([failing()]);
    await desk.clock.advance(59 * minute);
    second.observe([]);
    await desk.clock.advance(0);
    const opened = [`opened ${key}`, `opened keeper:broken:devnet:${pool}`];
    expect(sink.told).toEqual([...opened, `lasting ${key}`]);
    await desk.clock.advance(minute);
    second.observe([]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual([...opened, `lasting ${key}`, `lasting keeper:broken:devnet:${pool}`]);
  });

  it('behavior: pages at once when a warning turns critical, and again when it comes back', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    alerts.observe([{ ...failing(), severity: 'critical' }]);
    alerts.observe([fine]);
    await desk.clock.advance(5 * minute);
    alerts.observe([fine]);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual(['opened', 'escalated', 'resolved', 'opened'].map(each => `${each} ${key}`));
    expect(desk.lines.map(({ level }) => level)).toEqual(['warning', 'critical', 'info', 'warning']);
  });

  it('behavior: keeps the quiet hours over a kill, and saves their progress only now and then', async () => {
    const { files } = desk;
    const table = {
      broken: { title: 'something broke', severity: 'error', runbook: 'broken', quietHours: 1 },
    } as const;
    const sink = channel('sink');
    const first = desk.alerter([sink.it], { files, table });
    for (let seconds = 0; seconds < 50 * 60; seconds += 5) {
      first.observe([failing()]);
      await desk.clock.advance(5_000);
    }
    // At most one line a minute.
    expect(readFileSync(`${files}.jsonl`, 'utf8').split('\n').length).toBeLessThan(55);
    // The process is killed: the state that an orderly stop would have saved is lost.
    const second = desk.alerter([sink.it], { files: copied(files), table });
    const openAfter = async (minutes: number) => {
      await desk.clock.advance(minutes * minute);
      second.observe([]);
      return second.open.length;
    };
    expect(await openAfter(58)).toBe(1);
    expect(await openAfter(3)).toBe(0);
  });

  it('behavior: sends reminders on time when the clock is set back', async () => {
    let backMs = 0;
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], {
      clock: { ...desk.clock, now: () => desk.clock.now() - backMs },
    });
    alerts.observe([failing()]);
    await desk.clock.advance(10 * minute);
    alerts.observe([]);
    backMs = 24 * hour;
    for (let i = 0; i < 15; i += 1) {
      // The check itself cannot run.
      alerts.observe([]);
      await desk.clock.advance(5 * minute);
    }
    expect(sink.told).toEqual([`opened ${key}`, `lasting ${key}`]);
  });

  it('behavior: raises a check that is not in the table', () => {
    const alerts = desk.alerter([]);
    alerts.observe([{ check: 'novel', failing: true, message: 'm' }]);
    expect(alerts.open[0]).toMatchObject({ check: 'novel', severity: 'error', title: 'novel' });
  });

  it('behavior: counts a finding that is observed twice in a round once', () => {
    const alerts = desk.alerter([]);
    alerts.observe([failing(), fine, failing()]);
    expect(alerts.open).toMatchObject([{ count: 1 }]);
  });

  it('behavior: reports the first or the worst of several findings of one round', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([fine, failing('block 7'), failing('block 8'), fine]);
    alerts.observe([
      { ...failing('block 9'), severity: 'warning' },
      { ...failing('block 10'), severity: 'critical' },
      { ...failing('block 11'), severity: 'critical' },
      failing('block 12'),
    ]);
    await desk.clock.advance(0);
    expect(sink.notices.map(({ occasion, alert }) => [occasion, alert.message])).toEqual([
      ['opened', 'block 7'],
      ['escalated', 'block 10'],
    ]);
  });

  it('behavior: resolves an alert under the key that it had before the chain was known', async () => {
    let chain = 'unknown';
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { chain: () => chain });
    alerts.observe([failing()]);
    chain = 'devnet';
    alerts.observe([fine]);
    await desk.clock.advance(5 * minute);
    alerts.observe([fine]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual(['opened keeper:broken:unknown:-', 'resolved keeper:broken:unknown:-']);
  });

  it('behavior: raises no open alert again while the chain is unknown', async () => {
    const { files } = desk;
    const sink = channel('sink');
    const first = desk.alerter([sink.it], { files });
    first.observe([{ ...failing(), severity: 'critical' }]);
    await desk.clock.advance(0);
    first.close();
    let chain = 'unknown';
    const second = desk.alerter([sink.it], { files, chain: () => chain });
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
    await desk.clock.advance(5 * minute);
    second.observe([fine]);
    await desk.clock.advance(0);
    expect(sink.told.filter(each => each.endsWith(key))).toEqual([`opened ${key}`, `resolved ${key}`]);
  });

  it('behavior: resolves only the alerts that are no longer observed', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([{ ...failing(), pool }, failing()]);
    alerts.end(alert => alert.pool === pool, 'the pool is gone');
    expect(alerts.open.map(each => each.pool)).toEqual([undefined]);
    await desk.clock.advance(0);
    expect(sink.notices.filter(({ occasion }) => occasion === 'resolved')).toMatchObject([
      { ending: 'the pool is gone', alert: { pool } },
    ]);
  });

  it('behavior: resolves an alert whose check a new version does not have', async () => {
    const sink = channel('sink');
    const { files } = desk;
    desk.alerter([sink.it], { files }).observe([failing()]);
    await desk.clock.advance(0);
    const alerts = desk.alerter([sink.it], { files, table: {} });
    await desk.clock.advance(0);
    expect(alerts.open).toEqual([]);
    expect(sink.notices.at(-1)?.ending).toContain('this version');
  });

  it('behavior: sets a damaged file aside, raises an alert, and uses the readable part', async () => {
    const { files } = desk;
    desk.alerter([], { files }).observe([failing()]);
    await desk.clock.advance(0);
    writeFileSync(`${files}.jsonl`, `nonsense\n${readFileSync(`${files}.jsonl`, 'utf8')}`);
    const alerts = desk.alerter([], { files });
    alerts.observe([]);
    expect(alerts.open.map(({ check }) => check)).toEqual(['broken', 'state-unreadable']);
    await desk.clock.advance(0);
    expect(readFileSync(`${files}.jsonl.unreadable`, 'utf8')).toContain('nonsense');
  });

  it('behavior: delivers alerts and raises one when the disk cannot be written', async () => {
    writeFileSync(join(desk.folder, 'a-file'), '');
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { files: join(desk.folder, 'a-file', 'alerts') });
    alerts.observe([failing()]);
    alerts.observe([fine]);
    await desk.clock.advance(0);
    expect(sink.told[0]).toBe(`opened ${key}`);
    expect(alerts.open.at(-1)?.message).toContain('cannot be written (ENOTDIR)');
  });
});
