import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import fc from 'fast-check';
import { notice } from '../../../test/support/notice.ts';
import type { Condition } from '../model/condition.ts';
import { Ledger } from './Ledger.ts';
import type { LedgerTrouble } from './LedgerFile.ts';
import { readLedger } from './readLedger.ts';

let folder: string;
let path: string;
let told: string[];
let open: Ledger[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  path = join(folder, 'state', 'bot-alerts.jsonl');
  told = [];
  open = [];
});
afterEach(async () => {
  for (const each of open) await each.saved();
  for (const each of open) each.close();
  rmSync(folder, { recursive: true });
});

const trouble: LedgerTrouble = {
  unreadable: keptAt => told.push(`unreadable ${keptAt}`),
  unwritable: reason => told.push(`unwritable ${reason}`),
  writable: () => told.push('writable'),
  changed: () => told.push('changed'),
};
/** The machine of a test may be busy. */
const patient = { mostDelayMs: 15_000, hangsAfterMs: 15_000 };
function ledger(at: string | undefined = path): Ledger {
  const made = new Ledger(at, trouble, patient);
  open.push(made);
  return made;
}
const condition = (at: number): Condition => ({ beginnings: [at] });
async function recorded(one: Ledger, change: Parameters<Ledger['record']>[0]) {
  const waiting = one.record(change);
  await one.saved();
  return waiting;
}
const about = (id: string, key: string) => ({ ...notice({ dedupKey: key }), id });
const waitingIn = (one: Ledger) => [...one.waiting].map(({ id, to }) => `${id} to ${to.join('+')}`);

describe('Ledger', () => {
  it('knows which incidents are in memory alone, until the file can be written', async () => {
    let mayWrite = false;
    const one = new Ledger(path, { ...trouble, mayWrite: () => mayWrite }, patient);
    open.push(one);
    const { alert } = notice();
    const incident = { alert, since: 1 } as unknown as NonNullable<Condition['incident']>;
    one.record({ key: 'a', condition: { beginnings: [1], incident }, notice: about('n1', 'a'), to: ['x'] });
    one.record({ key: 'b', condition: { beginnings: [1], incident } });
    one.record({ key: 'over', condition: { beginnings: [1], incident } });
    one.record({ key: 'over', condition: condition(2) });
    one.record({ key: 'none', condition: condition(1) });
    await one.save();
    expect([...one.unsaved]).toEqual(['a', 'b']);
    mayWrite = true;
    await one.save();
    expect([...one.unsaved]).toEqual([]);
    one.record({ key: 'c', condition: { beginnings: [3], incident } });
    expect([...one.unsaved]).toEqual(['c']);
    await one.saved();
    expect([...one.unsaved]).toEqual([]);
  });

  it('default: the next process finds the conditions and the waiting notices, with their texts', async () => {
    const first = ledger();
    first.record({ key: 'a', condition: condition(1), notice: about('n1', 'a'), to: ['x', 'y'] });
    first.record({ key: 'b', condition: condition(2) });
    first.enqueue(about('n2', 'news'), ['x']);
    const [one] = first.waiting;
    if (one) first.done(one, 'x', 7);
    first.record({ key: 'b', condition: undefined });
    await first.saved();
    const next = ledger();
    expect([...next.deliveredAt]).toEqual([['x', 7]]);
    expect([...next.conditions]).toEqual([['a', condition(1)]]);
    expect(waitingIn(next)).toEqual(['n1 to y', 'n2 to x']);
    expect([...next.waiting].map(each => next.said(each))).toEqual([about('n1', 'a'), about('n2', 'news')]);
    expect(told).toEqual([]);
  });

  it('behavior: ignores a line that was cut by a kill, and appends the next one correctly', async () => {
    await recorded(ledger(), { key: 'a', condition: condition(1) });
    appendFileSync(path, '{"key":"b","condi');
    await recorded(ledger(), { key: 'c', condition: condition(3) });
    expect([...ledger().conditions.keys()]).toEqual(['a', 'c']);
    expect(told).toEqual([]);
  });

  it.each(['nonsense', '{"key":1}', '\u0000\u0000', '{"done":"x"}'])(
    'behavior: a line %j: the file is kept aside, and everything else still counts',
    async line => {
      await recorded(ledger(), { key: 'a', condition: condition(1) });
      appendFileSync(path, `${line}\n`);
      const damaged = ledger();
      expect(told).toEqual([`unreadable ${path}.unreadable`]);
      expect([...damaged.conditions.keys()]).toEqual(['a']);
      await damaged.saved();
      expect(readFileSync(`${path}.unreadable`, 'utf8')).toContain(line);
      await recorded(damaged, { key: 'b', condition: condition(2) });
      told = [];
      expect([...ledger().conditions.keys()]).toEqual(['a', 'b']);
      expect(told).toEqual([]);
    },
  );

  it('behavior: keeps lines in memory while the disk cannot be written, reports that once, and writes them later', async () => {
    mkdirSync(join(folder, 'state'));
    chmodSync(join(folder, 'state'), 0o555);
    // Root may write anywhere; a file in the way stops root too.
    mkdirSync(path, { recursive: true, mode: 0o755 } as object);
    const one = ledger();
    const waiting = one.record({ key: 'a', condition: condition(1), notice: about('n1', 'a'), to: ['x'] });
    one.record({ key: 'b', condition: condition(2) });
    expect(told).toEqual([expect.stringMatching(/^unwritable E/)]);
    expect(waiting && (await one.read(waiting))).toEqual(about('n1', 'a'));
    chmodSync(join(folder, 'state'), 0o755);
    await until('it is tried again', () => {
      one.record({ key: 'c', condition: condition(3) });
      return statSync(path, { throwIfNoEntry: false })?.isFile();
    });
    await one.saved();
    expect(readLedger(path).conditions.size).toBe(3);
    expect(statSync(`${path}.unreadable`).isDirectory()).toBe(true);
    expect(waitingIn(ledger())).toEqual(['n1 to x']);
    expect(waiting && (await one.read(waiting))).toEqual(about('n1', 'a'));
  });

  it('behavior: a file that has grown is rewritten with its present content only', async () => {
    const one = ledger();
    const waiting = one.record({
      key: 'kept',
      condition: condition(0),
      notice: about('n', 'kept'),
      to: ['x'],
    });
    const long = 'x'.repeat(2_000);
    for (let i = 0; i < 2_000; i += 1) one.record({ key: `key-${i % 10}-${long}`, condition: condition(i) });
    await until('it is small again', async () => {
      await one.saved();
      return statSync(path).size < 200_000;
    });
    expect(waiting && (await one.read(waiting))).toEqual(about('n', 'kept'));
    const next = ledger();
    expect(next.conditions.size).toBe(11);
    expect(waitingIn(next)).toEqual(['n to x']);
  });

  it('behavior: leaves the file as it is while it may not write, and keeps the state in memory', async () => {
    await recorded(ledger(), { key: 'a', condition: condition(1) });
    const before = readFileSync(path, 'utf8');
    let mayWrite = false;
    const one = new Ledger(path, { ...trouble, mayWrite: () => mayWrite }, patient);
    open.push(one);
    const waiting = one.record({ key: 'b', condition: condition(2), notice: about('n', 'b'), to: ['x'] });
    one.note('a', condition(3));
    await one.save();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(waiting && (await one.read(waiting))).toEqual(about('n', 'b'));
    expect(told).toEqual([]);
    mayWrite = true;
    await recorded(one, { key: 'c', condition: condition(4) });
    expect([...ledger().conditions.keys()]).toContain('c');
  });

  it('behavior: leaves the file to its successor once it may no longer write', async () => {
    let mayWrite = true;
    const before = new Ledger(path, { ...trouble, mayWrite: () => mayWrite }, patient);
    open.push(before);
    await recorded(before, { key: 'a', condition: condition(1) });
    const one = ledger();
    await one.saved();
    mayWrite = false;
    await recorded(before, { key: 'late', condition: condition(2) });
    await recorded(one, { key: 'b', condition: condition(3) });
    expect([...ledger().conditions.keys()]).toEqual(['a', 'b']);
    expect(told).toEqual([]);
  });

  const copyAndTruncate = () => {
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  };
  const restore = () => {
    writeFileSync(`${path}.backup`, '');
    renameSync(`${path}.backup`, path);
  };
  it.each<[string, () => void]>([
    ['empties it (> file)', () => writeFileSync(path, '')],
    ['copies and truncates it, as logrotate does', copyAndTruncate],
    ['cuts it in the middle', () => truncateSync(path, 40)],
    ['deletes it', () => rmSync(path)],
    ['deletes its folder', () => rmSync(join(path, '..'), { recursive: true })],
    ['renames it, as logrotate does', () => renameSync(path, `${path}.1`)],
    ['restores an older one', restore],
    ['restores one with other contents', () => writeFileSync(path, '{"key":"old","condition":null}\n')],
    ['fills it with garbage', () => writeFileSync(path, '\u0000'.repeat(10_000))],
    ['adds to it', () => appendFileSync(path, 'a remark\n')],
  ])('behavior: another program %s: nothing is lost, now or at the next start', async (_, spoil) => {
    const one = ledger();
    const waiting = await recorded(one, {
      key: 'a',
      condition: condition(1),
      notice: about('n1', 'a'),
      to: ['x', 'y'],
    });
    spoil();
    await recorded(one, { key: 'b', condition: condition(2), notice: about('n2', 'b'), to: ['x'] });
    spoil();
    if (waiting) one.done(waiting, 'x', 7);
    await one.saved();
    expect(told).toEqual(['changed', 'changed']);
    expect(waiting && (await one.read(waiting))).toEqual(about('n1', 'a'));
    told = [];
    const next = ledger();
    expect([...next.conditions]).toEqual([
      ['a', condition(1)],
      ['b', condition(2)],
    ]);
    expect(waitingIn(next)).toEqual(['n1 to y', 'n2 to x']);
    expect([...next.waiting].map(each => next.said(each))).toEqual([about('n1', 'a'), about('n2', 'b')]);
    expect(told).toEqual([]);
  });

  it('behavior: delivers an alert without its long data when the file cannot be read', async () => {
    const long = { ...notice({ dedupKey: 'a', data: { text: 'x'.repeat(10_000) } }), id: 'n1' };
    const one = ledger();
    const waiting = await recorded(one, { key: 'a', condition: condition(1), notice: long, to: ['x'] });
    expect(waiting && (await one.read(waiting))).toEqual(long);
    writeFileSync(path, '');
    expect(waiting && (await one.read(waiting))).toEqual({
      ...long,
      alert: { ...long.alert, data: { cut: 'missing, because the file of alerts could not be read' } },
    });
  });

  it('behavior: uses the readable state when the folder is read-only at the start', async () => {
    await recorded(ledger(), { key: 'a', condition: condition(1), notice: about('n1', 'a'), to: ['x'] });
    // Root may write anywhere; a folder where the draft would be stops root too.
    mkdirSync(`${path}.new`);
    chmodSync(path, 0o444);
    chmodSync(join(path, '..'), 0o555);
    const next = ledger();
    await next.saved();
    expect(told).toEqual([expect.stringMatching(/^unwritable E/)]);
    expect([...next.conditions.keys()]).toEqual(['a']);
    expect([...next.waiting].map(each => next.said(each))).toEqual([about('n1', 'a')]);
    const waiting = next.record({ key: 'b', condition: condition(2), notice: about('n2', 'b'), to: ['x'] });
    expect(waiting && (await next.read(waiting))).toEqual(about('n2', 'b'));
    chmodSync(join(path, '..'), 0o755);
  });

  it('behavior: writes nothing after the close, even when a delivery ends later', async () => {
    const before = ledger();
    const waiting = await recorded(before, {
      key: 'a',
      condition: condition(1),
      notice: about('n', 'a'),
      to: ['x'],
    });
    before.close();
    const one = ledger();
    await recorded(one, { key: 'b', condition: condition(2) });
    if (waiting) before.done(waiting, 'x', 7);
    await before.saved();
    await recorded(one, { key: 'c', condition: condition(3) });
    expect([...ledger().conditions.keys()]).toEqual(['a', 'b', 'c']);
    expect(told).toEqual([]);
  });

  it('behavior: keeps the state in memory when there is no file', async () => {
    const one = new Ledger(undefined, trouble);
    const waiting = one.record({ key: 'a', condition: condition(1), notice: about('n1', 'a'), to: ['x'] });
    expect(waiting && (await one.read(waiting))).toEqual(about('n1', 'a'));
    expect(told).toEqual([]);
  });

  it('property: a file that is cut anywhere yields a state that was once true', async () => {
    const act = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      at: fc.option(fc.integer(), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (acts, part) => {
          const file = join(folder, `${Math.random()}.jsonl`);
          const one = ledger(file);
          const states = [JSON.stringify([])];
          for (const { key, at } of acts) {
            one.record({ key, condition: at === undefined ? undefined : condition(at) });
            if (Math.abs(at ?? 0) % 2 === 0) await one.saved();
            states.push(JSON.stringify([...one.conditions].sort()));
          }
          await one.saved();
          const whole = readFileSync(file);
          writeFileSync(file, whole.subarray(0, Math.floor(whole.length * part)));
          expect(states).toContain(JSON.stringify([...ledger(file).conditions].sort()));
        },
      ),
      { numRuns: 50 },
    );
    expect(told).toEqual([]);
  });
});
