import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type PagerDutySink, startPagerDuty } from '@service-bots/devnet';
import {
  AlertDesk,
  channel,
  copied,
  failing,
  fine,
  hour,
  key,
  minute,
} from '../../../test/support/alertDesk.ts';
import { memoryStore } from '../../store/index.ts';
import { pagerDutyChannel } from '../channels/pagerDuty.ts';
import type { Acknowledgement } from '../model/alert.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';
import { parseOwners, routedBy } from '../owners/parseOwners.ts';
import type { Alerter } from './Alerter.ts';

const desk = new AlertDesk();
let sink: PagerDutySink;
beforeEach(async () => {
  sink = await startPagerDuty();
});
afterEach(() => sink.close());

const pager = (environment?: string) =>
  pagerDutyChannel({
    routingKey: { reveal: () => 'routingkeyroutingkeyroutingkey12' },
    apiUrl: sink.url,
    minSeverity: 'warning',
    redact: text => text,
    environment,
  });
const kind = { title: 'it broke', severity: 'critical', runbook: 'broken' } as const;
/** Requests are real, and take their time on a busy machine. */
const real = { table: { broken: kind, odd: kind }, attemptMs: 10_000 };
const critical = { ...failing(), severity: 'critical' as const };

/** Observes every five minutes, with time for real requests in between. */
async function look(alerts: Alerter, minutes: number, observation: typeof critical | typeof fine = critical) {
  for (let passed = 0; passed < minutes; passed += 5) {
    await desk.clock.advance(5 * minute);
    await alerts.readAcknowledgements();
    alerts.observe([observation]);
    await desk.clock.advance(0);
    await alerts.flush(5_000);
  }
}

/** Incidents as PagerDuty keeps them: a trigger that joins an acknowledged incident pages no person. */
function pagerDutyState() {
  const incidents = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  let pages = 0;
  for (const { action, dedupKey = '' } of sink.items) {
    const before = incidents.get(dedupKey);
    if (action === 'trigger' && (before === undefined || before === 'resolved')) {
      pages += 1;
      incidents.set(dedupKey, 'triggered');
    } else if (action === 'acknowledge' && before === 'triggered') incidents.set(dedupKey, 'acknowledged');
    else if (action === 'resolve' && before !== undefined) incidents.set(dedupKey, 'resolved');
  }
  const open = [...incidents].filter(([, state]) => state !== 'resolved');
  return { pages, open: open.map(([each, state]) => `${each} ${state}`) };
}

const acknowledgements = (more: Partial<Acknowledgement>): Acknowledgement => ({
  kind: 'ack',
  by: 'ann',
  why: 'on it',
  at: desk.clock.now(),
  severity: 'critical',
  ...more,
});

describe('PagerDuty after an acknowledgement', () => {
  it.each([
    ['an acknowledgement has run out', { kind: 'ack' as const }],
    ['a mute has run out', { kind: 'mute' as const }],
  ])('behavior: when %s people are paged anew, by an incident of its own', async (_, more) => {
    const store = memoryStore<AcknowledgementRecords>({});
    const alerts = desk.alerter([pager()], { ...real, acknowledgements: store });
    await look(alerts, 5);
    await store.write({ [key]: acknowledgements({ ...more, until: desk.clock.now() + 30 * minute }) });
    await look(alerts, 20);
    expect(pagerDutyState()).toEqual({ pages: 1, open: [`${key} acknowledged`] });
    await look(alerts, 20);
    expect(pagerDutyState()).toEqual({ pages: 2, open: [`${key}#1 triggered`] });
    await look(alerts, 15, fine);
    expect(pagerDutyState()).toEqual({ pages: 2, open: [] });
  });

  it('behavior: pages people again at once when the acknowledgement is taken back', async () => {
    const store = memoryStore<AcknowledgementRecords>({});
    const alerts = desk.alerter([pager()], { ...real, acknowledgements: store });
    await look(alerts, 5);
    await store.write({ [key]: acknowledgements({}) });
    await look(alerts, 10);
    await store.write({});
    await look(alerts, 5);
    expect(pagerDutyState()).toEqual({ pages: 2, open: [`${key}#1 triggered`] });
  });

  it('behavior: pages people again when the alert gets worse, wherever it was acknowledged', async () => {
    const alerts = desk.alerter([pager()], real);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    await desk.clock.advance(0);
    await look(alerts, 5);
    expect(pagerDutyState()).toEqual({ pages: 2, open: [`${key}#1 triggered`] });
    await look(alerts, 15, fine);
    expect(pagerDutyState()).toEqual({ pages: 2, open: [] });
  });

  it('behavior: keeps the count over a restart, and closes each incident at the end', async () => {
    const store = memoryStore<AcknowledgementRecords>({});
    const options = { ...real, acknowledgements: store };
    const before = desk.alerter([pager()], { ...options, files: desk.files });
    await look(before, 5);
    for (let i = 0; i < 2; i += 1) {
      await store.write({ [key]: acknowledgements({}) });
      await look(before, 5);
      await store.write({});
      await look(before, 5);
    }
    await before.flush(5_000);
    const after = desk.alerter([pager()], { ...options, files: copied(desk.files) });
    await look(after, 5);
    expect(pagerDutyState()).toEqual({ pages: 3, open: [`${key}#2 triggered`] });
    await look(after, 20, fine);
    expect(pagerDutyState().open).toEqual([]);
  });

  it.each([
    [undefined, 'live'],
    ['live', undefined],
    ['live', 'fork'],
  ])(
    'behavior: the deployment was called %s and is called %s now: the old incident is closed',
    async (was, is) => {
      const before = desk.alerter([pager(was)], { ...real, environment: was, files: desk.files });
      await look(before, 5);
      await before.flush(5_000);
      const after = desk.alerter([pager(is)], { ...real, environment: is, files: copied(desk.files) });
      await look(after, 5);
      const name = is === undefined ? '' : `${is}:`;
      expect(pagerDutyState()).toEqual({ pages: 2, open: [`${name}${key} triggered`] });
    },
  );

  it('behavior: opens one incident for an open alert and none for a resolved one, after two days without PagerDuty', async () => {
    const alerts = desk.alerter([pager()], { ...real, attemptMs: 1_000 });
    const over = { check: 'over', failing: true as const, message: 'm', severity: 'critical' as const };
    sink.behave('fail');
    alerts.observe([{ ...over, check: 'first' }]);
    await desk.clock.advance(0);
    for (let i = 0; i < 48; i += 1) {
      alerts.observe([critical, { ...over, failing: i % 6 < 3 } as typeof over]);
      await desk.clock.advance(20 * minute);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    sink.behave('ok');
    for (let i = 0; i < 10; i += 1) {
      await look(alerts, 5);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    const { open } = pagerDutyState();
    expect(open).toContain(`${key} triggered`);
    const triggered = sink.items.filter(({ action }) => action === 'trigger').map(({ dedupKey }) => dedupKey);
    expect(triggered.filter(each => each?.includes(':over:'))).toEqual([]);
    expect(triggered.filter(each => each === key)).toHaveLength(1);
  });
});

describe('the further notices of an alert', () => {
  const owners = (critical: string) =>
    parseOwners(`people: { ada: there }
rules:
  - { name: critical, severity: critical, page: ada, channels: ${critical} }
  - { name: rest, page: ada, channels: chat }
`);

  it('behavior: sends escalation and end to a channel that got the alert, even if the routing has changed', async () => {
    const [chat, other] = [channel('chat'), channel('other')];
    const routed = [chat.it, other.it].map(each => routedBy(owners('other'), each));
    const alerts = desk.alerter(routed, real);
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    await desk.clock.advance(0);
    expect([chat.told, other.told]).toEqual([[`opened ${key}`], []]);
    await look(alerts, 5);
    await look(alerts, 15, fine);
    expect(chat.told).toEqual([`opened ${key}`, `escalated ${key}`, `resolved ${key}`]);
    expect(other.told).toEqual([`escalated ${key}`, `resolved ${key}`]);
  });

  it('behavior: sends the acknowledgement to it as well', async () => {
    const [chat, other] = [channel('chat'), channel('other')];
    const store = memoryStore<AcknowledgementRecords>({});
    const routed = [chat.it, other.it].map(each => routedBy(owners('other'), each));
    const alerts = desk.alerter(routed, { ...real, acknowledgements: store });
    alerts.observe([{ ...failing(), severity: 'warning' }]);
    await look(alerts, 5);
    await store.write({ [key]: acknowledgements({}) });
    await look(alerts, 5);
    expect([chat.told.at(-1), other.told.at(-1)]).toEqual([`acknowledged ${key}`, `acknowledged ${key}`]);
  });

  it('behavior: informs an added channel of an open critical alert at once, and of a warning with the reminder', async () => {
    const [old, added] = [channel('old'), channel('added')];
    const before = desk.alerter([old.it], { ...real, files: desk.files });
    before.observe([critical, { check: 'odd', failing: true, message: 'm', severity: 'warning' }]);
    await desk.clock.advance(minute);
    const after = desk.alerter([old.it, added.it], { ...real, files: copied(desk.files) });
    await look(after, 5);
    expect(added.told).toEqual([`lasting ${key}`]);
    expect(old.told).toEqual([`opened ${key}`, 'opened keeper:odd:devnet:-']);
  });

  it('behavior: keeps notices for a channel that is missing for one start, and its end', async () => {
    const down = channel('sink', () => {
      throw new Error('down');
    });
    const slow: typeof down.it = { ...down.it, deliver: () => new Promise(() => undefined) };
    const other = channel('other');
    const first = desk.alerter([slow, other.it], { ...real, files: desk.files });
    first.observe([critical]);
    await desk.clock.advance(0);
    first.close();
    const without = desk.alerter([other.it], { ...real, files: copied(desk.files) });
    await look(without, 15, fine);
    expect(other.told).toEqual([`opened ${key}`, `resolved ${key}`]);
    without.close();
    const back = channel('sink');
    desk.alerter([back.it, other.it], { ...real, files: copied(`${desk.files}-copy`) });
    await desk.clock.advance(0);
    expect(back.told.at(-1)).toBe(`resolved ${key}`);
    expect(other.told).toHaveLength(2);
  });

  it('behavior: raises the other findings of a round when the data of one cannot be read', async () => {
    const one = channel('one');
    const alerts = desk.alerter([one.it], real);
    const broken = {
      check: 'odd',
      failing: true as const,
      get message(): string {
        throw new Error('a getter that throws');
      },
    };
    alerts.observe([broken, critical]);
    await desk.clock.advance(0);
    expect(one.told).toEqual([`opened ${key}`]);
    expect(
      desk.lines.some(({ level, message }) => level === 'critical' && message.includes('could not be read')),
    ).toBe(true);
  });

  it('behavior: applies an acknowledgement to its own alert, whatever the clock did meanwhile', async () => {
    const one = channel('one');
    const store = memoryStore<AcknowledgementRecords>({});
    const alerts = desk.alerter([one.it], { ...real, acknowledgements: store });
    alerts.observe([critical]);
    const since = desk.clock.now();
    desk.clock.step(-hour);
    await store.write({ [key]: acknowledgements({ since: { [key]: since } }) });
    await look(alerts, 5);
    await look(alerts, 20 * 60);
    expect(one.told).toEqual([`opened ${key}`, `acknowledged ${key}`]);
  });
});
