import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AlertDesk, channel, copied, hour, minute } from '../../../test/support/alertDesk.ts';
import { fails, groupKey, holds, memberKey, poolOf, upTo, vault } from '../../../test/support/pools.ts';
import type { Store } from '../../store/index.ts';
import type { Acknowledgement } from '../model/alert.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';
import type { Alerter } from './Alerter.ts';

const desk = new AlertDesk();

/** The decisions of people, changed by the test. */
function acknowledgements() {
  let found: AcknowledgementRecords = {};
  const store: Store<AcknowledgementRecords> = { read: async () => found, write: async () => undefined };
  const set = (key: string, one: Acknowledgement) => {
    found = { ...found, [key]: one };
  };
  return { store, set };
}

describe('alerts of one cause', () => {
  /** Reports the same observations every minute, both ends included. */
  async function every(alerts: Alerter, minutes: number, observed: () => Parameters<Alerter['observe']>[0]) {
    for (let i = 0; i <= minutes; i += 1) {
      alerts.observe(observed());
      await desk.clock.advance(minute);
    }
  }
  const told = (sink: ReturnType<typeof channel>) =>
    sink.notices.map(({ occasion, alert }) => `${occasion} ${alert.severity}`);

  it('reports 31 pools with one vault once, with their list, and once when the last one is over', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { files: desk.files });
    alerts.observe(upTo(31, number => fails(number)));
    await desk.clock.advance(0);
    expect(sink.told).toEqual([`opened ${groupKey}`]);
    const [{ alert } = { alert: undefined }] = sink.notices;
    expect(alert).toMatchObject({ severity: 'critical', subject: vault, cause: vault, check: 'broken' });
    expect(alert?.pool).toBeUndefined();
    expect(alert?.message).toContain('31 pools with one cause, vault 0xva');
    for (const number of [1, 17, 31])
      expect(JSON.stringify(alert?.data.findings)).toContain(`critical ${poolOf(number)} since`);
    expect(alerts.open.map(({ pool }) => pool)).toEqual(upTo(31, poolOf));
    await every(alerts, 8, () => upTo(31, holds));
    expect(told(sink)).toEqual(['opened critical', 'resolved critical']);
    expect(alerts.open).toEqual([]);
  });

  it('builds no text in a round without notices: of 20 causes with two pools each, only the causes are read', async () => {
    const redacted: string[] = [];
    const redact = (text: string) => {
      redacted.push(text);
      return text;
    };
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { redact });
    const round = () =>
      upTo(40, number => ({
        ...fails(number),
        cause: `cause ${number % 20}`,
        message: `pool ${number} broke`,
      }));
    alerts.observe(round());
    await desk.clock.advance(minute);
    expect(sink.notices).toHaveLength(20);
    redacted.length = 0;
    alerts.observe(round());
    expect(redacted.filter(text => !text.startsWith('cause'))).toEqual(['sink']);
    expect(redacted).toHaveLength(21);
    // The alerts are listed nevertheless, each with its latest text.
    expect(alerts.open.map(({ message }) => message)).toEqual(upTo(40, number => `pool ${number} broke`));
  });

  it('words a group of one pool as the pool alone would be', async () => {
    const sink = channel('sink');
    desk.alerter([sink.it]).observe([{ ...fails(1), data: { block: 7 } }]);
    await desk.clock.advance(0);
    expect(sink.notices[0]?.alert).toMatchObject({
      dedupKey: groupKey,
      pool: poolOf(1),
      message: 'pool 1 broke',
      data: { block: 7 },
    });
  });

  it('reports pools that join and leave within a minute, without a page', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([fails(1)]);
    for (let number = 2; number <= 20; number += 1) {
      await desk.clock.advance(2_000);
      alerts.observe(upTo(number, each => fails(each)));
    }
    await every(alerts, 1, () => upTo(20, number => fails(number)));
    expect(told(sink)).toEqual(['opened critical', 'changed critical']);
    expect(sink.notices[1]?.alert.message).toContain('20 pools (19 more)');
    await every(alerts, 8, () => [...upTo(5, holds), ...upTo(15, number => fails(number + 5))]);
    expect(told(sink).slice(2)).toEqual(['changed critical']);
    expect(sink.notices[2]?.alert.message).toContain('15 pools (5 over)');
  });

  it('pages people for a pool that joins after they may have handled the known ones', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    await every(alerts, 10, () => [fails(1)]);
    alerts.observe([fails(1), fails(2)]);
    await desk.clock.advance(0);
    expect(told(sink)).toEqual(['opened critical', 'joined critical']);
    expect(sink.notices[1]?.alert.message).toContain('pool 2 broke');
  });

  it('pages people at once for a pool that fails worse, in a group and beyond it', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe(upTo(3, number => fails(number, 'warning')));
    await desk.clock.advance(1_000);
    alerts.observe([fails(1, 'warning'), fails(2, 'critical'), fails(3, 'warning')]);
    await desk.clock.advance(1_000);
    alerts.observe([fails(1, 'critical'), fails(2, 'critical'), fails(3, 'warning')]);
    await desk.clock.advance(0);
    expect(told(sink)).toEqual(['opened warning', 'escalated critical', 'joined critical']);
    expect(sink.notices.slice(1).map(({ alert }) => alert.message)).toEqual([
      expect.stringContaining('The worst: pool 2 broke'),
      expect.stringContaining('The worst: pool 1 broke'),
    ]);
  });

  it('a pool of another cause, or of none, is an alert of its own', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([
      ...upTo(3, number => fails(number)),
      fails(4, 'critical', 'vault 0xother'),
      fails(5, 'critical', null),
    ]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual([
      `opened ${memberKey(5)}`,
      `opened ${groupKey}`,
      'opened keeper:broken:devnet:-:vault 0xother',
    ]);
  });

  it('reports a pool by itself when its finding turns out to have another cause', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([fails(1), fails(2)]);
    await desk.clock.advance(minute);
    alerts.observe([fails(1), fails(2, 'critical', null)]);
    await desk.clock.advance(minute);
    // A finding that was reported by itself stays so.
    alerts.observe([fails(1), fails(2)]);
    await desk.clock.advance(0);
    expect(sink.told).toEqual([`opened ${groupKey}`, `opened ${memberKey(2)}`, `changed ${groupKey}`]);
  });

  it.each([
    { of: 'the group', keys: [groupKey] },
    { of: 'each pool', keys: [memberKey(1), memberKey(2)] },
  ])(
    'reports an acknowledgement of $of once and stops reminders; reports a pool that joins at once',
    async ({ keys }) => {
      const decisions = acknowledgements();
      const sink = channel('sink');
      const alerts = desk.alerter([sink.it], { acknowledgements: decisions.store });
      await every(alerts, 2, () => [fails(1), fails(2)]);
      for (const key of keys)
        decisions.set(key, {
          kind: 'ack',
          by: 'ann',
          why: 'on it',
          at: desk.clock.now(),
          severity: 'critical',
          members: { [memberKey(1)]: 'critical', [memberKey(2)]: 'critical' },
        });
      await every(alerts, 120, () => [fails(1), fails(2)]);
      expect(told(sink)).toEqual(['opened critical', 'acknowledged critical']);
      expect(alerts.open.map(({ decision }) => decision?.by)).toEqual(['ann', 'ann']);
      alerts.observe([fails(1), fails(2), fails(3)]);
      await desk.clock.advance(0);
      expect(told(sink).slice(2)).toEqual(['joined critical']);
      expect(sink.notices[2]?.alert.message).toContain('pool 3 broke');
      expect(alerts.open.map(({ decision }) => decision?.by)).toEqual(['ann', 'ann', undefined]);
    },
  );

  it('reports a pool that left an acknowledged group and fails again, and one that gets worse', async () => {
    const decisions = acknowledgements();
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { acknowledgements: decisions.store });
    await every(alerts, 1, () => [fails(1, 'error'), fails(2, 'error')]);
    const members = { [memberKey(1)]: 'error', [memberKey(2)]: 'error' } as const;
    decisions.set(groupKey, {
      kind: 'ack',
      by: 'ann',
      why: 'x',
      at: desk.clock.now(),
      severity: 'error',
      members,
    });
    await every(alerts, 10, () => [fails(1, 'error'), holds(2)]);
    expect(told(sink)).toEqual(['opened error', 'acknowledged error']);
    alerts.observe([fails(1, 'error'), fails(2, 'error')]);
    await desk.clock.advance(0);
    expect(told(sink).slice(2)).toEqual(['joined error']);
    alerts.observe([fails(1, 'critical'), fails(2, 'error')]);
    await desk.clock.advance(0);
    expect(told(sink).slice(3)).toEqual(['escalated critical']);
  });

  it('a mute of one pool hides that pool alone', async () => {
    const decisions = acknowledgements();
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it], { acknowledgements: decisions.store });
    const until = desk.clock.now() + 2 * hour;
    decisions.set(memberKey(1), { kind: 'mute', by: 'ann', why: 'x', at: 0, severity: 'critical', until });
    await alerts.readAcknowledgements();
    await desk.clock.advance(minute);
    await every(alerts, 1, () => [fails(1)]);
    expect(told(sink)).toEqual([]);
    await every(alerts, 1, () => [fails(1), fails(2, 'error')]);
    // The group is no worse than its findings that are not muted.
    expect(told(sink)).toEqual(['opened error']);
    await every(alerts, 130, () => [fails(1), fails(2, 'error')]);
    expect(told(sink)).toEqual(['opened error', 'lasting error', 'escalated critical']);
  });

  it('reports a finding again when it gets worse after a lasting improvement', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    await every(alerts, 1, () => [fails(1), fails(2)]);
    await every(alerts, 8, () => [fails(1, 'warning'), fails(2, 'warning')]);
    await every(alerts, 1, () => [fails(1), fails(2, 'warning')]);
    expect(told(sink)).toEqual(['opened critical', 'escalated critical']);
  });

  it('reminds people of the whole group an hour after the page, then ever more rarely', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    await every(alerts, 6 * 60, () => upTo(31, number => fails(number)));
    expect(told(sink)).toEqual(['opened critical', 'lasting critical', 'lasting critical']);
  });

  it('continues after a restart: repeats nothing, and reports the end', async () => {
    const sink = channel('sink');
    const { files } = desk;
    const first = desk.alerter([sink.it], { files });
    first.observe(upTo(31, number => fails(number)));
    await desk.clock.advance(0);
    first.close();
    const second = desk.alerter([sink.it], { files });
    expect(second.open).toHaveLength(31);
    await every(second, 3, () => upTo(31, number => fails(number)));
    await every(second, 8, () => upTo(31, holds));
    expect(told(sink)).toEqual(['opened critical', 'resolved critical']);
  });

  it('leaves a notice that a killed process did not send to the next process', async () => {
    const sink = channel('sink');
    const first = desk.alerter([channel('dead').it], { files: desk.files });
    first.observe([fails(1)]);
    await desk.clock.advance(0);
    const files = copied(desk.files);
    // The line of the pool is kept, and the line of its group is lost.
    const lines = readFileSync(`${files}.jsonl`, 'utf8').split('\n');
    writeFileSync(`${files}.jsonl`, `${lines[0]}\n`);
    desk.alerter([sink.it], { files });
    await desk.clock.advance(0);
    expect(sink.told).toEqual([`opened ${groupKey}`]);
  });

  it('keeps the alerts that an earlier version raised for each pool until they end', async () => {
    const sink = channel('sink');
    const { files } = desk;
    const old = desk.alerter([sink.it], { files });
    old.observe(upTo(3, number => fails(number, 'critical', null)));
    await desk.clock.advance(0);
    old.close();
    const alerts = desk.alerter([sink.it], { files });
    await every(alerts, 2, () => upTo(4, number => fails(number)));
    expect(sink.told.slice(3)).toEqual([`opened ${groupKey}`]);
    expect(sink.notices[3]?.alert.pool).toBe(poolOf(4));
    await every(alerts, 8, () => upTo(4, holds));
    expect(sink.told.slice(4).sort()).toEqual(
      [...upTo(3, memberKey), groupKey].map(key => `resolved ${key}`).sort(),
    );
  });

  it('removes pools that are no longer watched, and reports the reason with the last one', async () => {
    const sink = channel('sink');
    const alerts = desk.alerter([sink.it]);
    alerts.observe([fails(1), fails(2)]);
    await desk.clock.advance(2 * minute);
    alerts.end(({ pool }) => pool === poolOf(1), 'the pool is not watched any more');
    await desk.clock.advance(0);
    alerts.end(({ pool }) => pool === poolOf(2), 'the pool is not watched any more');
    await desk.clock.advance(0);
    expect(told(sink)).toEqual(['opened critical', 'changed critical', 'resolved critical']);
    expect(sink.notices[2]?.ending).toBe('the pool is not watched any more');
  });
});
