import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../clock/index.ts';
import { systemClock } from '../clock/index.ts';
import type { Fields, Logger } from '../logger/index.ts';
import { Alerter } from './Alerter.ts';
import type { Notice } from './alert.ts';
import type { Channel } from './channel.ts';

const pool = `0x${'11'.repeat(20)}`;
const failing = (message = 'it broke') => ({ check: 'broken', failing: true as const, message });
const fine = { check: 'broken', failing: false as const };

interface Line {
  level: string;
  message: string;
  fields: Fields;
}

function recording(lines: Line[], bound: Fields = {}): Logger {
  const at = (level: string) => (message: string, fields?: Fields) => {
    lines.push({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    child: fields => recording(lines, { ...bound, ...fields }),
  };
}

/** A channel that records, and does to the n-th delivery what it is told. */
function channel(name: string, act: (attempt: number, notice: Notice) => unknown = () => undefined) {
  const told: string[] = [];
  let attempts = 0;
  const it: Channel = {
    name,
    deliver([notice]) {
      attempts += 1;
      const given = notice as Notice;
      const result = act(attempts, given);
      return Promise.resolve(result).then(() => {
        told.push(`${given.occasion} ${given.alert.dedupKey}`);
      });
    },
  };
  return { it, told };
}

/** Sleeps are over at once, but in a later turn. */
const hasty: Clock = { now: () => 1_000, sleep: () => systemClock.sleep(1) };

function alerter(channels: Channel[], clock: Clock = hasty) {
  const lines: Line[] = [];
  const alerts = new Alerter({
    bot: 'keeper',
    chain: () => 'devnet',
    version: '1.2.3',
    table: { broken: { title: 'something broke', severity: 'error', runbook: 'broken' } },
    runbookUrl: 'https://wiki.example.com/runbooks',
    channels,
    clock,
    logger: recording(lines),
    redact: text => text,
    attemptMs: 100,
  });
  return { alerts, lines };
}

describe('Alerter', () => {
  it('default: what a check found becomes an alert with all that a person needs', async () => {
    const { alerts, lines } = alerter([]);
    alerts.observe([{ ...failing(), pool, data: { price: 7n } }]);
    expect(alerts.open).toEqual([
      {
        dedupKey: `keeper:broken:devnet:${pool}`,
        severity: 'error',
        bot: 'keeper',
        check: 'broken',
        chain: 'devnet',
        pool,
        title: 'something broke',
        message: 'it broke',
        runbook: 'https://wiki.example.com/runbooks/broken.md',
        owner: 'on-call',
        version: '1.2.3',
        since: 1_000,
        count: 1,
        data: { price: '7' },
      },
    ]);
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'alert opened: something broke: it broke',
        fields: expect.objectContaining({ check: 'broken', pool, severity: 'error', price: '7' }),
      },
    ]);
  });

  it('behavior: news go to the channels that want them, once, and leave nothing open', async () => {
    const [curious, other] = [channel('curious'), channel('other')];
    const { alerts, lines } = alerter([{ ...curious.it, wants: () => true }, other.it]);
    alerts.tell({
      check: 'round-done',
      title: 'a round is done',
      message: 'round 12',
      pool,
      data: { gas: 7n },
    });
    await alerts.flush(1_000);
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

  it('behavior: opened once, escalated, resolved; the end is logged as information', async () => {
    const sink = channel('sink');
    const { alerts, lines } = alerter([sink.it]);
    alerts.observe([failing(), failing()]);
    alerts.observe([{ ...failing(), severity: 'critical' }]);
    alerts.observe([fine, fine]);
    await alerts.flush(1_000);
    const key = 'keeper:broken:devnet:-';
    expect(sink.told).toEqual([`opened ${key}`, `escalated ${key}`, `resolved ${key}`]);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'critical', 'info']);
    expect(alerts.open).toEqual([]);
  });

  it('behavior: a check that is not in the table is raised all the same', () => {
    const { alerts } = alerter([]);
    alerts.observe([{ check: 'novel', failing: true, message: 'm' }]);
    expect(alerts.open[0]).toMatchObject({ check: 'novel', severity: 'error', title: 'novel' });
  });

  it('behavior: what was raised about a pool ends when the pool is forgotten, and nothing else does', async () => {
    const sink = channel('sink');
    const { alerts } = alerter([sink.it]);
    alerts.observe([{ ...failing(), pool }, failing()]);
    alerts.forget(pool);
    expect(alerts.open.map(each => each.pool)).toEqual([undefined]);
    await alerts.flush(1_000);
    expect(sink.told.at(-1)).toBe(`resolved keeper:broken:devnet:${pool}`);
  });

  it.each([
    ['hangs', () => new Promise(() => undefined)],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('behavior: a channel that %s delays neither observe() nor another channel', async (_, act) => {
    const good = channel('good');
    const { alerts } = alerter([channel('bad', act).it, good.it], {
      ...hasty,
      sleep: () => new Promise(() => undefined),
    });
    for (let i = 0; i < 1_500; i += 1) alerts.observe([{ ...failing(), check: `c${i}` }]);
    await alerts.flush(20);
    expect(good.told.length).toBe(1_000);
    for (let i = 0; i < 500; i += 1) alerts.observe([{ ...failing(), check: `d${i}` }]);
    await alerts.flush(20);
    expect(good.told.length).toBe(1_500);
  });

  it('behavior: more than a channel can hold are in the log only, which is said', async () => {
    const { alerts, lines } = alerter([channel('bad', () => new Promise(() => undefined)).it]);
    for (let i = 0; i < 1_001; i += 1) alerts.observe([{ ...failing(), check: `c${i}` }]);
    const said = lines.filter(({ message }) => message.startsWith('too many alerts'));
    expect(said).toEqual([
      {
        level: 'critical',
        message: expect.any(String),
        fields: { channel: 'bad', check: 'c1000', pool: undefined },
      },
    ]);
    await alerts.flush(1);
  });

  it('behavior: a delivery that fails is tried again', async () => {
    const flaky = channel('flaky', attempt => {
      if (attempt < 3) throw new Error('503');
    });
    const { alerts, lines } = alerter([flaky.it]);
    alerts.observe([failing()]);
    await alerts.flush(5_000);
    expect(flaky.told).toEqual(['opened keeper:broken:devnet:-']);
    expect(lines.filter(({ message }) => message === 'an alert was not delivered')).toHaveLength(2);
  });

  it('behavior: one that never succeeds is given up in the end, loudly', async () => {
    const { alerts, lines } = alerter([channel('dead', () => Promise.reject(new Error('no'))).it]);
    alerts.observe([failing()]);
    await alerts.flush(5_000);
    expect(lines.at(-1)).toEqual({
      level: 'critical',
      message: 'an alert could not be delivered; it is only in the log',
      fields: { channel: 'dead', check: 'broken' },
    });
  });

  it('behavior: the end of a condition never arrives before its beginning', async () => {
    const flaky = channel('flaky', attempt => {
      if (attempt === 1) throw new Error('503');
    });
    const { alerts } = alerter([flaky.it]);
    alerts.observe([failing()]);
    alerts.observe([fine]);
    alerts.observe([{ ...failing(), check: 'other' }]);
    await alerts.flush(5_000);
    const broken = flaky.told.filter(each => each.includes(':broken:'));
    expect(broken).toEqual(['opened keeper:broken:devnet:-', 'resolved keeper:broken:devnet:-']);
    // The other one did not wait for them.
    expect(flaky.told[0]).toBe('opened keeper:other:devnet:-');
  });

  it('behavior: flush is over in its time and says what is left', async () => {
    const { alerts, lines } = alerter([channel('bad', () => new Promise(() => undefined)).it]);
    alerts.observe([failing()]);
    await alerts.flush(10);
    expect(lines.at(-1)).toEqual({
      level: 'error',
      message: 'not all alerts were delivered in time',
      fields: { undelivered: 1 },
    });
  });
});
