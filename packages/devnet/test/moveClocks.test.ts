import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type BotProcess,
  type BotProcessOptions,
  monotonicRealMs,
  moveClocks,
  startAnvil,
  startBotProcess,
} from '../src/index.ts';

/** Replaces a bot: prints its clock's time, as a bot's log would. */
const clockBot = `
  const log = fields => process.stdout.write(JSON.stringify({ level: 'info', ...fields }) + '\\n');
  let next = 0;
  const say = () => log({
    message: 'tick', tick: next++, monotonic: Number(process.hrtime.bigint()) / 1e6, now: Date.now(), date: new Date().getTime(), text: new Date(Date()).getTime(),
    iso: new Date('2026-01-01T00:00:00Z').toISOString(), is: new Date() instanceof Date,
    same: new Date().constructor === Date, utc: Date.UTC(2026, 0), performance: performance.now(),
  });
  say();
  setInterval(say, 20);
`;

let folder: string;
let entry: string;
const started: BotProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'move-clocks-'));
  entry = join(folder, 'bot.mjs');
  await writeFile(entry, clockBot);
});
afterEach(() => Promise.all(started.splice(0).map(bot => bot.stop())));
afterAll(() => rm(folder, { recursive: true }));

function start(options: BotProcessOptions, program = entry): BotProcess {
  const bot = startBotProcess(program, {}, options);
  started.push(bot);
  return bot;
}

/** Returns the bot's next tick, with our clock before and after. */
async function tick(bot: BotProcess): Promise<{ tick: Record<string, number>; from: number; to: number }> {
  const from = Date.now();
  const fromMs = monotonicRealMs();
  // Any number of lines may have been written before `from`, and be under way.
  const line = await bot.waitForLine(({ monotonic }) => Number(monotonic) >= fromMs);
  return { tick: line as unknown as Record<string, number>, from, to: Date.now() };
}

const day = 86_400_000;

describe('a process with a shifted clock', () => {
  it('default: starts with the shift it was given, and takes over another while it runs', async () => {
    const bot = start({ clockShiftMs: 7 * day });
    for (const shiftMs of [7 * day, -3 * day, 0]) {
      await bot.shiftClock(shiftMs);
      const { tick: said, from, to } = await tick(bot);
      for (const field of ['now', 'date']) {
        expect(said[field]).toBeGreaterThanOrEqual(from + shiftMs);
        expect(said[field]).toBeLessThanOrEqual(to + shiftMs);
      }
      // The text of Date() has whole seconds.
      expect(said.text).toBe(Math.floor((said.date as number) / 1_000) * 1_000);
    }
    expect(bot.lines[0]?.now).toBeGreaterThan(Date.now() + 6 * day);
  });

  it('behavior: dates that are given, their class and durations are what they were', async () => {
    const bot = start({ clockShiftMs: day });
    const { tick: said } = await tick(bot);
    expect(said).toMatchObject({
      iso: '2026-01-01T00:00:00.000Z',
      is: true,
      same: true,
      utc: Date.UTC(2026, 0),
    });
    expect(said.performance).toBeLessThan(day / 2);
  });

  it('behavior: ends by itself when it is done', async () => {
    const done = join(folder, 'done.mjs');
    await writeFile(done, '');
    expect(await start({ clockShiftMs: 0 }, done).exited).toEqual({ code: 0, signal: null });
  });

  it('error: a process that has the real clock, and one that is gone', async () => {
    const real = start({});
    await expect(real.shiftClock(1)).rejects.toThrow('start it with clockShiftMs');
    const gone = start({ clockShiftMs: 0 });
    await gone.stop();
    await expect(gone.shiftClock(1)).rejects.toThrow('ended before it had shifted');
  });
});

describe.each([
  ['a chain that mines on demand', {}],
  ['a chain of 0.4 s', { blockTime: 0.4 }],
  ['a chain with a genesis of its own', { timestamp: 1_900_000_000, blockTime: 0.4 }],
])('moveClocks on %s', (_, options) => {
  let anvil: Anvil;
  beforeAll(async () => {
    anvil = await startAnvil(options);
  });
  afterAll(() => anvil.stop());

  /** Expects the same second from chain and bot, by a block that is mined within a second of this machine. */
  async function expectTogether(bot: BotProcess): Promise<void> {
    for (;;) {
      const { tick: first } = await tick(bot);
      const { timestamp } = await anvil.time.mine();
      const { tick: second } = await tick(bot);
      const seconds = [first, second].map(({ now }) => Math.floor(Number(now) / 1_000));
      if (seconds[0] !== seconds[1]) continue;
      expect(timestamp).toBe(seconds[0]);
      return;
    }
  }

  it('default: block timestamps and wall clocks agree to the second, and go on together', async () => {
    const bot = start({ clockShiftMs: (await anvil.time.aheadSeconds()) * 1_000 });
    await expectTogether(bot);
    for (const target of [2_000_000_000, 2_000_604_500]) {
      const { timestamp } = await moveClocks(anvil, [bot], target);
      expect(timestamp - target).toBeGreaterThanOrEqual(0);
      expect(timestamp - target).toBeLessThan(60);
      await expectTogether(bot);
    }
    await anvil.time.moveTo(2_001_000_000);
    await bot.shiftClock((await anvil.time.aheadSeconds()) * 1_000);
    await expectTogether(bot);
    await anvil.time.mine(50);
    await expectTogether(bot);
  });

  it('error: the past', async () => {
    await expect(moveClocks(anvil, [], 1_600_000_000)).rejects.toThrow('cannot go back');
  });
});
