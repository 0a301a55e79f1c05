import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, type ClockAnchor, monotonicRealMs, startBotProcess } from '../src/index.ts';

const start = Date.UTC(2027, 0, 6, 12);
const hour = 3_600_000;

/** Replaces a bot: reports how long each kind of wait took, by every clock that it has. */
const waitingBot = `
  import os from 'node:os';
  import { setTimeout as delay } from 'node:timers/promises';
  const log = fields => process.stdout.write(JSON.stringify({ level: 'info', ...fields }) + '\\n');
  const times = () => ({
    wall: Date.now(), date: new Date().getTime(), mono: performance.now(), uptime: os.uptime() * 1000,
    hrtime: Number(process.hrtime.bigint()) / 1e6,
  });
  log({ message: 'up', ...times() });
  const waits = {
    promise: ms => delay(ms),
    callback: ms => new Promise(resolve => setTimeout(resolve, ms)),
    interval: ms => new Promise(resolve => { const timer = setInterval(() => { clearInterval(timer); resolve(); }, ms); }),
    signal: ms => new Promise(resolve => AbortSignal.timeout(ms).addEventListener('abort', resolve)),
  };
  const keep = setInterval(() => {}, 1e9);
  for (const [kind, wait] of Object.entries(waits)) {
    const before = times();
    await wait(3_600_000);
    const after = times();
    log({ message: 'waited', kind, ...Object.fromEntries(Object.keys(before).map(key => [key, after[key] - before[key]])) });
  }
  const cleared = setTimeout(() => log({ message: 'a cleared timer went off' }), 1);
  clearTimeout(cleared);
  clearInterval(keep);
  log({ message: 'over' });
`;

let folder: string;
let entry: string;
let bot: BotProcess | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'virtual-clock-'));
  entry = join(folder, 'bot.mjs');
  await writeFile(entry, waitingBot);
});
afterEach(async () => void (await bot?.stop('SIGKILL')));
afterAll(() => rm(folder, { recursive: true }));

const anchorAt = (rate: number, virtualMs = start): ClockAnchor => ({
  realMs: monotonicRealMs(),
  virtualMs,
  rate,
});

describe('a process on a virtual clock', () => {
  it('default: every kind of wait lasts as long by each clock, and the process ends by itself', async () => {
    bot = startBotProcess(entry, {}, { anchor: anchorAt(36_000) });
    const up = await bot.waitForLine(({ message }) => message === 'up');
    expect(Number(up.wall)).toBeGreaterThanOrEqual(start);
    expect((await bot.exited).code).toBe(0);
    const waits = bot.lines.filter(({ message }) => message === 'waited');
    expect(waits.map(({ kind }) => kind)).toEqual(['promise', 'callback', 'interval', 'signal']);
    for (const wait of waits)
      for (const clock of ['wall', 'date', 'mono', 'uptime', 'hrtime'])
        expect(Number(wait[clock])).toBeGreaterThanOrEqual(hour - 1);
    expect(bot.lines.some(({ message }) => message === 'a cleared timer went off')).toBe(false);
  });

  it('behavior: a timer that is set already follows a change of the pace', async () => {
    bot = startBotProcess(entry, {}, { anchor: anchorAt(1) });
    await bot.waitForLine(({ message }) => message === 'up');
    // At the first pace its four waits take four hours.
    await bot.setClock({ anchor: anchorAt(360_000, start + 60_000) });
    expect((await bot.exited).code).toBe(0);
  });

  it('behavior: the clock stands still at its limit, until another anchor comes', async () => {
    bot = startBotProcess(entry, {}, { anchor: anchorAt(1) });
    await bot.waitForLine(({ message }) => message === 'up');
    await bot.setClock({ anchor: { ...anchorAt(36_000, start + 60_000), untilMs: start + 1.5 * hour } });
    const first = await bot.waitForLine(({ message }) => message === 'waited');
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(bot.lines.filter(({ message }) => message === 'waited')).toEqual([first]);
    await bot.setClock({ anchor: anchorAt(36_000, start + 1.5 * hour) });
    expect((await bot.exited).code).toBe(0);
    const second = bot.lines.filter(({ message }) => message === 'waited')[1];
    expect(Number(second?.mono)).toBeLessThan(2 * hour);
  });

  it('behavior: a process that was stopped goes by the present pace before it receives a message', async () => {
    const anchorFile = join(folder, 'anchor.json');
    const at = anchorAt(500);
    await writeFile(anchorFile, JSON.stringify(at));
    bot = startBotProcess(entry, {}, { anchor: at, anchorFile });
    await bot.waitForLine(({ message }) => message === 'up');
    bot.kill('SIGSTOP');
    // Time stands still from now on; by the first pace all waits would be over.
    const now = { realMs: monotonicRealMs(), virtualMs: start + 1, rate: 1e-9 };
    await writeFile(anchorFile, JSON.stringify(now));
    const waitedBefore = bot.lines.length;
    await new Promise(resolve => setTimeout(resolve, 8_000));
    bot.kill('SIGCONT');
    await bot.setClock({ anchor: now });
    expect(bot.lines.length).toBe(waitedBefore);
    await bot.setClock({ anchor: { ...now, realMs: monotonicRealMs(), rate: 360_000 } });
    expect((await bot.exited).code).toBe(0);
  });

  it('behavior: an error of the wall clock changes Date alone', async () => {
    const clockError = { byMs: -10 * hour, driftPerMs: 0.5, sinceMs: start };
    bot = startBotProcess(entry, {}, { anchor: anchorAt(1), clockError });
    const up = await bot.waitForLine(({ message }) => message === 'up');
    expect(Number(up.wall)).toBeLessThan(start - 9 * hour);
    // Two readings of a busy process are some milliseconds apart, which are seconds at this pace.
    await bot.setClock({ anchor: anchorAt(3_600, start + hour) });
    const wait = await bot.waitForLine(({ kind }) => kind === 'callback');
    expect(Number(wait.mono)).toBeGreaterThanOrEqual(hour - 1);
    expect(Number(wait.wall) / Number(wait.mono)).toBeCloseTo(1.5, 1);
  });
});
