import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textOf } from '../src/cli/text.ts';
import { eventsBetween } from '../src/history/events.ts';
import { History } from '../src/history/History.ts';
import { type Point, runwayOf } from '../src/history/runway.ts';
import { badDay } from './days.ts';
import { at, nowMs, poolA, silent, statusOf, working } from './fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'history-'));
afterAll(() => rmSync(folder, { recursive: true }));
const day = 86_400_000;

describe('History', () => {
  it('keeps events and figures over a restart, and finds them by bot, pool and check', () => {
    const path = join(folder, 'kept.sqlite');
    const history = new History(path);
    history.add([
      { at: at(-20), kind: 'action', bot: 'checkpoint', pool: poolA, text: "it's minted" },
      { at: at(-10), kind: 'alert', bot: 'keeper', check: 'overdue', severity: 'critical', text: 'overdue' },
    ]);
    history.sample([{ series: 'a', value: 1.5 }], nowMs - 1_000);
    history.sample(
      [
        { series: 'a', value: 2 },
        { series: 'b', value: Number.NaN },
      ],
      nowMs,
    );
    history.close();

    const again = new History(path);
    expect(again.problem).toBeUndefined();
    expect(again.recent(1)).toMatchObject([{ bot: 'keeper', id: 2 }]);
    expect(again.events({ pool: poolA.toUpperCase().replace('0X', '0x') })).toMatchObject([
      { text: "it's minted" },
    ]);
    expect(again.events({ check: 'overdue', bot: 'keeper' })).toHaveLength(1);
    expect(again.events({ bot: "' OR 1=1 --" })).toEqual([]);
    expect(again.values('a', 0).map(({ value }) => value)).toEqual([1.5, 2]);
    expect(again.values('b', 0)).toEqual([]);
    again.add([{ at: at(0), kind: 'start', bot: 'keeper', text: 'started' }]);
    expect(again.recent(1)).toMatchObject([{ id: 3 }]);
    again.close();
  });

  it('deletes full detail after 30 days, and events after a year', () => {
    const history = new History(join(folder, 'old.sqlite'));
    history.sample([{ series: 'a', value: 1 }], nowMs - 31 * day);
    history.sample([{ series: 'a', value: 2 }], nowMs - 29 * day);
    history.add([{ at: new Date(nowMs - 366 * day).toISOString(), kind: 'start', bot: 'old', text: 'x' }]);
    history.prune(nowMs);
    expect(history.values('a', 0).map(({ value }) => value)).toEqual([2]);
    expect(history.events({ bot: 'old' })).toEqual([]);
    history.close();
  });

  it('reports a folder that cannot be written to, and goes on in memory', () => {
    writeFileSync(join(folder, 'file'), '');
    const history = new History(join(folder, 'file', 'history.sqlite'));
    history.add([{ at: at(0), kind: 'start', bot: 'keeper', text: 'started' }]);
    expect(history.problem).toMatch(/file\/history\.sqlite could not be opened: /);
    expect(history.events({ bot: 'keeper' })).toHaveLength(1);
    expect(history.values('a', 0)).toEqual([]);
    history.close();
  });
});

describe('runwayOf', () => {
  const daysLeft = (balance: Point[]) => runwayOf({ balance, nonce: [], fee: [] }).days;
  const values = (...balances: number[]) => balances.map((value, i) => ({ atMs: i * day, value }));

  it.each([
    ['one a day of ten', values(13, 12, 11, 10), 10],
    ['nothing spent', values(10, 10, 10), 9_999],
    ['a deposit is no income', values(3, 2, 12, 11), 11 / (2 / 3)],
    ['empty', values(2, 1, 0), 0],
    ['empty from the beginning', values(0, 0), 0],
    ['one value', values(1), undefined],
  ])('%s', (_, given, expected) => {
    expect(daysLeft(given)).toEqual(expected === undefined ? undefined : expect.closeTo(expected, 9));
  });

  it("takes an action's cost from what the last ones have cost, at today's fee", () => {
    const balance = values(10, 9, 8, 7);
    const nonce = values(100, 102, 104, 106);
    expect(runwayOf({ balance, nonce, fee: values(5, 5, 5, 5) })).toEqual({ days: 7, actionCost: 0.5 });
    // Gas costs three times its average.
    expect(runwayOf({ balance, nonce, fee: values(1, 1, 1, 9) })).toEqual({ days: 7 / 3, actionCost: 1.5 });
    expect(runwayOf({ balance, nonce: values(7, 7, 7, 7), fee: [] }).actionCost).toBeUndefined();
  });

  it('is never negative, and never more with the same spending on top of a smaller balance', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 50 }),
        balances => {
          const days = daysLeft(values(...balances));
          expect(days === undefined || (days >= 0 && days <= 9_999)).toBe(true);
        },
      ),
    );
  });
});

describe('eventsBetween', () => {
  const look = (watched: ReturnType<typeof working>[], ms = nowMs) => ({ watched, ownAlerts: [], nowMs: ms });
  const acted = (what: string) => ({
    pools: [
      { address: poolA, name: 'Pool A', lastAction: { what, at: at(-3), hash: `0x${'1'.repeat(64)}` } },
    ],
  });

  it('tells of nothing when nothing has happened', () => {
    const watched = [working('checkpoint', statusOf('checkpoint', acted('minted')))];
    expect(eventsBetween(look(watched), look(watched))).toEqual([]);
  });

  it('tells of an action with its link, a start, a silence and its end, and alerts', () => {
    const before = working('checkpoint', statusOf('checkpoint'));
    const alert = {
      key: 'k',
      check: 'low-balance',
      severity: 'warning',
      title: 'the wallet runs low',
      message: 'm',
      since: at(-5),
    };
    const after = working(
      'checkpoint',
      statusOf('checkpoint', { ...acted('minted'), startedAt: at(-2), openAlerts: [alert] }),
    );
    expect(eventsBetween(look([before]), look([after]))).toMatchObject([
      { kind: 'start', at: at(-2) },
      { kind: 'action', text: 'minted · Pool A', link: `https://etherscan.io/tx/0x${'1'.repeat(64)}` },
      { kind: 'alert', check: 'low-balance', severity: 'warning' },
    ]);
    const gone = silent(after, 2, 9);
    expect(eventsBetween(look([after]), look([gone]))).toMatchObject([{ kind: 'silence' }]);
    expect(eventsBetween(look([gone]), look([before]))).toMatchObject([
      { kind: 'answer' },
      { kind: 'start' },
      { kind: 'resolved' },
    ]);
  });
});

describe('the page as text', () => {
  it('says first what is worst, and how to acknowledge it', () => {
    const text = textOf(badDay());
    const lines = text.split('\n');
    expect(lines[1]).toMatch(/^CRITICAL {2}A bot does not answer \(checkpoint\), for 1 min$/);
    expect(text).toContain(
      `make alerts BOT=watchtower DO="ack watchtower:bot-unreachable:unknown:-:checkpoint --why 'on it'"`,
    );
    expect(text).toMatch(/^keeper +works +8 s ago +commit round 31 in/m);
  });
});
