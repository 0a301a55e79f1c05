import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { notice } from '../../test/support/notice.ts';
import { until } from '../../test/support/until.ts';
import type { Condition } from './condition.ts';
import { Ledger, type LedgerTrouble } from './Ledger.ts';

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
afterEach(() => {
  for (const each of open) each.close();
  rmSync(folder, { recursive: true });
});

const trouble: LedgerTrouble = {
  unreadable: keptAt => told.push(`unreadable ${keptAt}`),
  unwritable: reason => told.push(`unwritable ${reason}`),
};
function ledger(at: string | undefined = path): Ledger {
  const made = new Ledger(at, trouble);
  open.push(made);
  return made;
}
const condition = (at: number): Condition => ({ beginnings: [at] });
const about = (id: string, key: string) => ({ ...notice({ dedupKey: key }), id });
const waitingIn = (one: Ledger) => [...one.waiting].map(({ id, to }) => `${id} to ${to.join('+')}`);

describe('Ledger', () => {
  it('default: the next process finds what is known and what waits, with its text', () => {
    const first = ledger();
    first.record('a', condition(1), about('n1', 'a'), ['x', 'y']);
    first.record('b', condition(2));
    first.enqueue(about('n2', 'news'), ['x']);
    const [one] = first.waiting;
    if (one) first.done(one, 'x', 7);
    first.record('b', undefined);
    const next = ledger();
    expect([...next.deliveredAt]).toEqual([['x', 7]]);
    expect([...next.conditions]).toEqual([['a', condition(1)]]);
    expect(waitingIn(next)).toEqual(['n1 to y', 'n2 to x']);
    expect([...next.waiting].map(each => next.read(each))).toEqual([about('n1', 'a'), about('n2', 'news')]);
    expect(told).toEqual([]);
  });

  it('behavior: a line that was being written when the process died is no trouble, and the next follows well', () => {
    ledger().record('a', condition(1));
    appendFileSync(path, '{"key":"b","condi');
    ledger().record('c', condition(3));
    expect([...ledger().conditions.keys()]).toEqual(['a', 'c']);
    expect(told).toEqual([]);
  });

  it.each(['nonsense', '{"key":1}', '\u0000\u0000', '{"done":"x"}'])(
    'behavior: a line %j: the file is kept aside, and everything else still counts',
    line => {
      ledger().record('a', condition(1));
      appendFileSync(path, `${line}\n`);
      const damaged = ledger();
      expect(told).toEqual([`unreadable ${path}.unreadable`]);
      expect([...damaged.conditions.keys()]).toEqual(['a']);
      expect(readFileSync(`${path}.unreadable`, 'utf8')).toContain(line);
      damaged.record('b', condition(2));
      told = [];
      expect([...ledger().conditions.keys()]).toEqual(['a', 'b']);
      expect(told).toEqual([]);
    },
  );

  it('behavior: what a disk did not take is in memory, is told once, and gets there when it can', async () => {
    mkdirSync(join(folder, 'state'));
    chmodSync(join(folder, 'state'), 0o555);
    // Root may write anywhere; a file in the way stops it too.
    mkdirSync(path, { recursive: true, mode: 0o755 } as object);
    const one = ledger();
    const waiting = one.record('a', condition(1), about('n1', 'a'), ['x']);
    one.record('b', condition(2));
    expect(told).toEqual([expect.stringMatching(/^unwritable E/)]);
    expect(waiting && one.read(waiting)).toEqual(about('n1', 'a'));
    chmodSync(join(folder, 'state'), 0o755);
    await until('it is tried again', () => {
      one.record('c', condition(3));
      return ledger().conditions.size === 3;
    });
    expect(statSync(`${path}.unreadable`).isDirectory()).toBe(true);
    expect(waitingIn(ledger())).toEqual(['n1 to x']);
    expect(waiting && one.read(waiting)).toEqual(about('n1', 'a'));
  });

  it('behavior: a file that has grown is written anew, with what counts', async () => {
    const one = ledger();
    const waiting = one.record('kept', condition(0), about('n', 'kept'), ['x']);
    const long = 'x'.repeat(2_000);
    for (let i = 0; i < 2_000; i += 1) one.record(`key-${i % 10}-${long}`, condition(i));
    await until('it is small again', () => statSync(path).size < 200_000);
    expect(waiting && one.read(waiting)).toEqual(about('n', 'kept'));
    const next = ledger();
    expect(next.conditions.size).toBe(11);
    expect(waitingIn(next)).toEqual(['n to x']);
  });

  it('behavior: while it may not write, it is in memory alone, and the file stays as it is', () => {
    ledger().record('a', condition(1));
    const before = readFileSync(path, 'utf8');
    let mayWrite = false;
    const one = new Ledger(path, { ...trouble, mayWrite: () => mayWrite });
    const waiting = one.record('b', condition(2), about('n', 'b'), ['x']);
    one.note('a', condition(3));
    one.save();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(waiting && one.read(waiting)).toEqual(about('n', 'b'));
    expect(told).toEqual([]);
    mayWrite = true;
    one.record('c', condition(4));
    expect([...ledger().conditions.keys()]).toContain('c');
  });

  it('behavior: what a process before it still writes does not get into the file', () => {
    const before = ledger();
    before.record('a', condition(1));
    const one = ledger();
    before.record('late', condition(2));
    one.record('b', condition(3));
    expect([...ledger().conditions.keys()]).toEqual(['a', 'b']);
    expect(told).toEqual([]);
  });

  it('behavior: once closed it leaves the file alone, whatever a delivery that ends late has to say', () => {
    const before = ledger();
    const waiting = before.record('a', condition(1), about('n', 'a'), ['x']);
    before.close();
    const one = ledger();
    one.record('b', condition(2));
    if (waiting) before.done(waiting, 'x', 7);
    one.record('c', condition(3));
    expect([...ledger().conditions.keys()]).toEqual(['a', 'b', 'c']);
    expect(told).toEqual([]);
  });

  it('behavior: without a file it is in memory alone', () => {
    const one = new Ledger(undefined, trouble);
    const waiting = one.record('a', condition(1), about('n1', 'a'), ['x']);
    expect(waiting && one.read(waiting)).toEqual(about('n1', 'a'));
    expect(told).toEqual([]);
  });

  it('property: cut anywhere, the file gives a state that was true at some time', () => {
    const act = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      at: fc.option(fc.integer(), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(act, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (acts, part) => {
          const file = join(folder, `${Math.random()}.jsonl`);
          const one = ledger(file);
          const states = [JSON.stringify([])];
          for (const { key, at } of acts) {
            one.record(key, at === undefined ? undefined : condition(at));
            states.push(JSON.stringify([...one.conditions].sort()));
          }
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
