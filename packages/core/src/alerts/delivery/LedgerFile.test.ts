import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { AlertDesk, channel, failing, key } from '../../../test/support/alertDesk.ts';
import { notice } from '../../../test/support/notice.ts';
import { systemClock } from '../../clock/index.ts';
import type { Condition } from '../model/condition.ts';
import { usualRules } from '../model/rules.ts';
import type { Line } from '../model/schemas.ts';
import { Ledger } from './Ledger.ts';
import { LedgerFile } from './LedgerFile.ts';
import type { Place } from './LineFile.ts';
import { readLedger } from './readLedger.ts';

let folder: string;
let path: string;
let told: string[];
let open: Ledger[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-file-'));
  path = join(folder, 'bot-alerts.jsonl');
  told = [];
  open = [];
});
afterEach(async () => {
  for (const each of open) await each.saved();
  for (const each of open) each.close();
  rmSync(folder, { recursive: true });
});

function ledger(hangsAfterMs = 15_000): Ledger {
  const trouble = {
    unreadable: (keptAt: string) => told.push(`unreadable ${keptAt}`),
    unwritable: (reason: string) => told.push(`unwritable ${reason}`),
    writable: () => told.push('writable'),
    changed: () => told.push('changed'),
  };
  const made = new Ledger(path, trouble, { mostDelayMs: hangsAfterMs, hangsAfterMs });
  open.push(made);
  return made;
}

const isWritten = () =>
  lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && readLedger(path).conditions.size === 1;
const condition = (at: number): Condition => ({ beginnings: [at] });
const callsUnderWay = () => process.getActiveResourcesInfo().filter(each => each === 'FSReqPromise').length;

/** A pipe without a writer: a call that opens it does not return, as on a file server that is gone. */
class Hang {
  readonly path: string;
  #end: number | undefined;

  constructor(path: string) {
    this.path = path;
    execFileSync('mkfifo', [path]);
  }

  answer(): void {
    this.#end ??= openSync(this.path, constants.O_RDWR);
  }

  close(): void {
    this.answer();
    closeSync(this.#end as number);
  }
}

describe('a state folder that hangs', () => {
  it('default: delays no caller for longer than a moment, and saves everything once the folder answers', async () => {
    const one = ledger(1_000);
    one.record({
      key: 'a',
      condition: condition(1),
      notice: { ...notice({ dedupKey: 'a' }), id: 'n1' },
      to: ['x'],
    });
    await one.saved();
    const pipe = new Hang(join(folder, 'pipe'));
    const hanging = one.inTurn(async () => (await openFile(pipe.path)).close());
    const waiting = one.record({
      key: 'b',
      condition: condition(2),
      notice: { ...notice({ dedupKey: 'b' }), id: 'n2' },
      to: ['x', 'y'],
    });
    const from = performance.now();
    await one.saved();
    expect(performance.now() - from).toBeLessThan(3_000);
    await expect(hanging).rejects.toThrow();
    for (let i = 0; i < 20; i += 1) {
      one.record({ key: `c${i}`, condition: condition(i) });
      one.check();
      await one.saved();
    }
    expect(told).toEqual(['unwritable it does not answer']);
    // Each call that hangs keeps one of the four threads that also resolve host names.
    expect(callsUnderWay()).toBe(1);
    expect(waiting && (await one.read(waiting))).toMatchObject({ id: 'n2' });
    await expect(one.inTurn(async () => 'decisions')).rejects.toThrow();
    if (waiting) one.done(waiting, 'x', 7);
    expect(readLedger(path).conditions.size).toBe(1);
    pipe.answer();
    await until('it is written', () => readLedger(path).conditions.size === 22);
    const kept = [...readLedger(path).waiting.values()].map(({ id, to }) => `${id} to ${to.join('+')}`);
    expect(kept).toEqual(['n1 to x', 'n2 to y']);
    pipe.close();
  });

  const desk = new AlertDesk();
  it('default: delivers alerts while the folder hangs, and raises an alert about the folder', async () => {
    const sink = channel('sink');
    let pipe: Hang | undefined;
    const decisions = {
      async read() {
        if (pipe) await (await openFile(pipe.path)).close();
        return {};
      },
    };
    const alerts = desk.alerter([sink.it], {
      files: desk.files,
      clock: systemClock,
      acknowledgements: decisions,
      rules: { ...usualRules, resolveAfterMs: 0 },
    });
    alerts.observe([failing()]);
    await until('the first is delivered', () => sink.told.length === 1);
    pipe = new Hang(join(desk.folder, 'pipe'));
    // The alerter reads the decisions at most once a second.
    await until('it hangs', () => {
      alerts.observe([failing()]);
      return callsUnderWay() > 0;
    });
    const from = performance.now();
    alerts.observe([{ check: 'odd', failing: true, message: 'another one' }]);
    await until('the second is delivered', () => sink.told.length === 2);
    expect(performance.now() - from).toBeLessThan(3_000);
    await until('that it hangs is told', () => {
      alerts.observe([failing()]);
      return sink.told.includes('opened keeper:state-unwritable:devnet:-');
    });
    expect(sink.notices.at(-1)?.alert.message).toContain('it does not answer');
    expect(callsUnderWay()).toBe(1);
    pipe.answer();
    await until('all is saved', () => readLedger(`${desk.files}.jsonl`).conditions.size === 3);
    await until('the alert about it is resolved', () => {
      alerts.observe([failing()]);
      return sink.told.includes('resolved keeper:state-unwritable:devnet:-');
    });
    expect(readLedger(`${desk.files}.jsonl`).conditions.get(key)?.incident?.toldTo).toEqual(['sink']);
    pipe.close();
  });
});

describe('a file that another program has replaced', () => {
  const spoilt: [what: string, spoil: () => void][] = [
    ['a folder', () => mkdirSync(path)],
    [
      'a folder with something in it',
      () => {
        mkdirSync(path);
        writeFileSync(join(path, 'x'), 'x');
      },
    ],
    ['a link to another file', () => symlinkSync(join(folder, 'elsewhere'), path)],
    ['a link that leads in a circle', () => symlinkSync(path, path)],
    ['a pipe', () => execFileSync('mkfifo', [path])],
    ['/dev/null', () => symlinkSync('/dev/null', path)],
    ['/dev/full', () => symlinkSync('/dev/full', path)],
  ];
  it.each(spoilt)(
    'behavior: by %s while the bot runs: the file is rewritten from memory',
    async (_, spoil) => {
      writeFileSync(join(folder, 'elsewhere'), 'of somebody else');
      const one = ledger();
      one.record({ key: 'a', condition: condition(1) });
      await one.saved();
      rmSync(path);
      spoil();
      one.record({ key: 'b', condition: condition(2) });
      await one.saved();
      expect(told).toEqual(['changed']);
      expect([...readLedger(path).conditions.keys()]).toEqual(['a', 'b']);
      expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('of somebody else');
    },
  );

  it.each(spoilt)(
    'behavior: by %s before the start: it is kept aside, and alerts are saved',
    async (_, spoil) => {
      writeFileSync(join(folder, 'elsewhere'), 'of somebody else\n');
      spoil();
      const one = ledger();
      expect(one.conditions.size).toBe(0);
      one.record({ key: 'a', condition: condition(1) });
      await until('it is saved', () => {
        one.check();
        return isWritten();
      });
      expect(told).not.toEqual([]);
      expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('of somebody else\n');
    },
  );
});

it('leaves no file open when a line is read after the close', async () => {
  const file = new LedgerFile({
    path,
    found: { bytes: 0, isDamaged: false },
    trouble: {
      unreadable: () => undefined,
      unwritable: () => undefined,
      writable: () => undefined,
      changed: () => undefined,
    },
    async *contents() {},
  });
  let place: Place | undefined;
  file.add({ line: { acknowledgements: 1 } as unknown as Line, placed: at => (place = at) });
  await file.saved();
  file.close();
  expect(await file.read(place as Place)).toEqual({ acknowledgements: 1 });
  const names = readdirSync('/proc/self/fd').map(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  expect(names.filter(name => name.startsWith(folder))).toEqual([]);
});
