import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, startAnvil, until } from '@service-bots/devnet';
import { readHead } from '../src/rpc/index.ts';
import { type Cadence, type RunningBot, startBot, type TargetReport } from '../src/runtime/index.ts';
import { fakeBot, hastyClock, poolA, script } from './support/fakeBot.ts';

let anvil: Anvil;
let stateDir: string;
let bots: RunningBot[] = [];
beforeAll(async () => {
  anvil = await startAnvil();
  stateDir = await mkdtemp(join(tmpdir(), 'wakeups-'));
});
afterEach(async () => {
  await Promise.all(bots.map(bot => bot.stop().then(() => bot.release())));
  bots = [];
});
afterAll(async () => {
  await anvil.stop();
  await rm(stateDir, { recursive: true });
});

/** With this cadence the bot looks and discovers so rarely that no test sees it do so by itself. */
const rarely: Cadence = {
  lookEveryMs: 3_600_000,
  discoverEveryMs: 86_400_000,
  errorsUntilCritical: 3,
  chainSpeed: 1,
};
/** A timer that rounds down may end this early, on a clock that runs twenty times as fast. */
const timerMs = 40;

/** An event, with its time by the bot's own clock. */
interface Event {
  what: 'round' | 'discovery';
  at: number;
}

/**
 * Starts a bot with one pool. Each of its rounds reports the result of `report`, given the head and the
 * rounds so far.
 */
async function start(
  report: (head: number, round: number, now: number) => Partial<TargetReport>,
  cadence: Partial<Cadence> = {},
) {
  const clock = hastyClock();
  const events: Event[] = [];
  const play = script({ pools: [poolA] });
  play.discover = () => events.push({ what: 'discovery', at: clock.now() });
  play.round = async () => {
    const at = clock.now();
    events.push({ what: 'round', at });
    const { provider } = play.context ?? {};
    if (!provider) throw new Error('no context');
    const block = await readHead(provider);
    const about = report(block.number, play.rounds, at);
    return { block, targets: [{ address: poolA, actions: [], ...about }], observations: [] };
  };
  const bot = await startBot(
    { ...fakeBot(play), cadence: () => ({ ...rarely, ...cadence }) },
    { RPC_URL: anvil.rpcUrl, STATE_DIR: stateDir, ALERT_RESOLVE_AFTER_SECONDS: '0' },
    { clock, stream: new PassThrough().resume() },
  );
  bots.push(bot);
  const happened = (what: Event['what'], count: number) =>
    until(`${what} ${count}`, () => {
      const all = events.filter(event => event.what === what);
      return all.length >= count && (all[count - 1] as Event).at;
    });
  return { bot, events, happened };
}

describe('what is due by this machine’s time', () => {
  it('default: ends the pause at that moment, and not before', async () => {
    let due = 0;
    const { happened } = await start((_, round, now) => {
      if (round > 1) return {};
      due = now + 5_000;
      return { next: { what: 'work', clockTime: due } };
    });
    expect(await happened('round', 2)).toBeGreaterThanOrEqual(due - timerMs);
  });

  it('behavior: is shown as that moment', async () => {
    const at = Date.UTC(2126, 0, 2, 3, 4, 5);
    const { bot, happened } = await start(() => ({ next: { what: 'work', clockTime: at } }));
    await happened('round', 1);
    await until('recorded', () => bot.status.rounds === 1);
    expect(bot.status.targets[0]?.next).toEqual({ what: 'work', at: '2126-01-02T03:04:05.000Z' });
  });
});

describe('what is due at a block', () => {
  it('default: is looked for from a block before it on, until it is there', async () => {
    const { number } = await anvil.time.latest();
    const due = number + 3;
    let seen = -1;
    const { events } = await start(head => {
      seen = head;
      return head >= due ? {} : { next: { what: 'work', block: due } };
    });
    await until('the first look', () => seen === number);
    for (const head of [number + 1, number + 2, due]) {
      await anvil.time.mine();
      await until(`seen block ${head}`, () => seen === head);
    }
    const rounds = events.filter(({ what }) => what === 'round').map(({ at }) => at);
    // Three blocks of a second each, of which the last may be there at any time.
    expect((rounds[1] ?? 0) - (rounds[0] ?? 0)).toBeGreaterThanOrEqual(2_000 - timerMs);
  });

  it('behavior: is shown as that block', async () => {
    const { bot, happened } = await start(() => ({ next: { what: 'work', block: 4_000_000 } }));
    await happened('round', 1);
    await until('recorded', () => bot.status.rounds === 1);
    expect(bot.status.targets[0]?.next).toEqual({ what: 'work', at: 'block 4000000' });
  });
});

describe('a pool that is left alone', () => {
  it('default: its failures stay as they are, until it is looked after again', async () => {
    const reports: Partial<TargetReport>[] = [
      { error: new Error('it failed') },
      { suspended: true },
      { suspended: true },
      {},
    ];
    const failures: unknown[] = [];
    const { bot } = await start((_, round, now) => {
      failures.push([
        bots.at(-1)?.status.targets[0]?.consecutiveErrors,
        bots.at(-1)?.alerter.open.map(({ check }) => check),
      ]);
      return { next: { what: 'work', clockTime: now + 3_000 }, ...reports[round - 1] };
    });
    await until('five rounds', () => failures.length >= 5);
    const failing = [1, ['pool-failing']];
    expect(failures.slice(1, 4)).toEqual([failing, failing, failing]);
    expect(failures[4]).toEqual([0, expect.anything()]);
    await until('resolved', () => bot.alerter.open.length === 0);
    expect(bot.status.failedRounds).toBe(0);
  });
});

describe('discovery', () => {
  const often = { lookEveryMs: 4_000, discoverEveryMs: 8_000 };
  const soonest = (events: readonly Event[]) => (events[0] as Event).at;

  it('default: comes when it is time and nothing is due soon', async () => {
    const { events, happened } = await start(
      (_, __, now) => ({ next: { what: 'work', clockTime: now + 60_000 } }),
      often,
    );
    const second = await happened('discovery', 2);
    expect(second - soonest(events)).toBeGreaterThanOrEqual(8_000 - timerMs);
    expect(events.findLastIndex(({ what }) => what === 'discovery')).toBeLessThanOrEqual(4);
  });
});

describe('what becomes due while rounds fail', () => {
  it('default: ends the pause between two failures', async () => {
    let due = 0;
    const { events } = await start(
      (_, round, now) => {
        if (round > 1) throw new Error('the node does not answer');
        // The failures double their pauses: without the due time the rounds would be at 30, 31, 33, 37, 45,
        // 61 and 91 s.
        due = now + 63_000;
        return { next: { what: 'work', clockTime: due } };
      },
      { lookEveryMs: 30_000 },
    );
    const next = await until('a look since then', () =>
      events.find(({ what, at }) => what === 'round' && due > 0 && at >= due - timerMs),
    );
    expect(next.at - due).toBeLessThan(91_000 - 63_000);
  });
});
