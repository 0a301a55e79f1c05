import { describe, expect, it } from '@jest/globals';
import { AlertDesk, channel, failing, fine, hour, key, minute } from '../../../test/support/alertDesk.ts';
import { memoryStore } from '../../store/index.ts';
import type { Acknowledgement } from '../model/alert.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';

const desk = new AlertDesk();

describe('acknowledgements and mutes', () => {
  const decision: Acknowledgement = {
    kind: 'mute',
    by: 'ann',
    why: 'works',
    at: 1_000_000,
    until: 1_000_000 + 2 * hour,
  };

  it('default: a mute silences the channels until it expires, but not the log', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], {
      acknowledgements: memoryStore<AcknowledgementRecords>({ [key]: decision }),
    });
    await alerts.readAcknowledgements();
    alerts.observe([failing()]);
    expect(desk.lines[0]?.message).toBe('alert opened, but muted: something broke: it broke');
    expect(alerts.open[0]).toMatchObject({ lastSentAt: undefined, decision });
    for (let i = 0; i < 23; i += 1) {
      await desk.clock.advance(5 * minute);
      alerts.observe([failing()]);
    }
    expect(sink.told).toEqual([]);
    await desk.clock.advance(5 * minute);
    alerts.observe([]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual([`opened ${key}`]);
    expect(alerts.open[0]?.decision).toBeUndefined();
  });

  it('logs once that the file cannot be read, and once that it can be read again', async () => {
    const store = memoryStore<AcknowledgementRecords>({ [key]: decision });
    let isBroken = false;
    const alerts = desk.alerter([channel('sink').it], {
      acknowledgements: {
        ...store,
        read: () => (isBroken ? Promise.reject(new Error('EIO: i/o error, read')) : store.read()),
      },
    });
    for (const broken of [false, true, true, true, false, false]) {
      isBroken = broken;
      await desk.clock.advance(1_000);
      await alerts.readAcknowledgements();
    }
    expect(desk.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warning: acknowledgements and mutes could not be read; the ones known before still apply',
      'info: acknowledgements and mutes can be read again',
    ]);
  });

  it('behavior: names at the end who acknowledged the alert, unless that was taken back', async () => {
    const store = memoryStore<AcknowledgementRecords>({});
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { acknowledgements: store });
    alerts.observe([failing()]);
    await store.write({ [key]: { kind: 'ack', by: 'ann', why: 'on it', at: desk.clock.now() } });
    const observe = async (times: number, observation: typeof fine | ReturnType<typeof failing>) => {
      for (let i = 0; i < times; i += 1) {
        await desk.clock.advance(5 * minute);
        alerts.observe([observation]);
        await desk.clock.advance(0);
      }
    };
    await observe(24, failing());
    expect(sink.told).toEqual([`opened ${key}`, `acknowledged ${key}`]);
    await store.write({});
    await observe(2, failing());
    expect(sink.told.at(-1)).toBe(`lasting ${key}`);
    await store.write({ [key]: { kind: 'ack', by: 'ann', why: 'on it', at: desk.clock.now() } });
    await observe(3, fine);
    expect(sink.notices.at(-1)).toMatchObject({
      occasion: 'resolved',
      decision: { by: 'ann', why: 'on it' },
    });
  });

  it.each([
    ['an hour back', -hour],
    ['a year back', -8_760 * hour],
    ['a year ahead', 8_760 * hour],
  ])(
    'behavior: a mute of two hours is over after two hours, also when the clock is set %s',
    async (_, step) => {
      const sink = channel('sink');
      const store = memoryStore<AcknowledgementRecords>({});
      const alerts = desk.alerter([sink.it], { acknowledgements: store });
      await store.write({ [key]: { ...decision, at: desk.clock.now(), until: desk.clock.now() + 2 * hour } });
      await alerts.readAcknowledgements();
      alerts.observe([failing()]);
      desk.clock.step(step);
      for (let i = 0; i < 23; i += 1) {
        await desk.clock.advance(5 * minute);
        alerts.observe([failing()]);
      }
      expect(sink.told).toEqual([]);
      await desk.clock.advance(5 * minute);
      alerts.observe([failing()]);
      await desk.clock.advance(0);
      expect(sink.told).toEqual([`opened ${key}`]);
    },
  );

  it('behavior: ends a mute after its own length when the clock was set back since', async () => {
    const sink = channel('sink');
    const at = desk.clock.now() + 8_760 * hour;
    const store = memoryStore<AcknowledgementRecords>({ [key]: { ...decision, at, until: at + 2 * hour } });
    const alerts = desk.alerter([sink.it], { acknowledgements: store });
    await alerts.readAcknowledgements();
    for (let i = 0; i < 25; i += 1) {
      alerts.observe([failing()]);
      await desk.clock.advance(5 * minute);
    }
    expect(sink.told).toEqual([`opened ${key}`]);
  });

  it('behavior: resolves an alert about events in time, even if it was muted', async () => {
    const table = { broken: { title: 't', severity: 'error', runbook: 'broken', quietHours: 1 } } as const;
    const { until: _, ...forGood } = decision;
    const alerts = desk.alerter([], {
      table,
      acknowledgements: memoryStore<AcknowledgementRecords>({ [key]: forGood }),
    });
    await alerts.readAcknowledgements();
    alerts.observe([failing()]);
    const openAfter = async (minutes: number) => {
      await desk.clock.advance(minutes * minute);
      alerts.observe([]);
      return alerts.open.length;
    };
    expect([await openAfter(59), await openAfter(1)]).toEqual([1, 0]);
  });
});
