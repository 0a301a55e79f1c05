import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import type { Observation } from '../src/alerts/index.ts';
import { SetupError } from '../src/errors/index.ts';
import { poolA, poolB, script } from './support/fakeBot.ts';
import { get, open, RuntimeWorld, rounds } from './support/runtimeWorld.ts';

const world = new RuntimeWorld();

describe('rounds', () => {
  it('default: begin at once and follow one another', async () => {
    const play = script();
    const bot = await world.start(play);
    await rounds(bot, 3);
    expect(play.atOnce).toBe(1);
    expect((await get(bot, '/healthz')).code).toBe(200);
    expect(JSON.parse((await get(bot, '/status')).body)).toMatchObject({
      bot: 'fake',
      version: '1.2.3',
      healthy: true,
      chain: { id: 31337, name: 'devnet' },
      pools: [{ address: poolA }, { address: poolB }],
      openAlerts: [],
    });
  });

  it('behavior: a pool that fails stops no other, and its failures in a row become critical', async () => {
    const play = script({
      look: pool => {
        if (pool === poolA) throw new Error('this one is broken');
      },
    });
    const bot = await world.start(play);
    await until('raised', () => open(bot, 'pool-failing')?.severity === 'warning');
    await until('critical', () => open(bot, 'pool-failing')?.severity === 'critical');
    expect(open(bot, 'pool-failing')).toMatchObject({ pool: poolA, message: 'this one is broken' });
    expect(bot.status.targets.map(({ consecutiveErrors }) => consecutiveErrors > 2)).toEqual([true, false]);
    expect(bot.status.targets[1]?.lastRound).toBeDefined();
    play.look = () => undefined;
    await until('resolved', () => bot.alerter.open.length === 0);
  });

  it('behavior: what is overdue since it fails is tried again with growing pauses, not in a hot loop', async () => {
    const play = script({
      next: head => head - 60,
      look: () => {
        throw new Error('again');
      },
    });
    const bot = await world.start(play);
    await until('five failures', () => (bot.status.targets[0]?.consecutiveErrors ?? 0) >= 5);
    const round = bot.status.lastRound;
    // 1 + 2 + 4 + 4 s of pauses, on the bot's own clock: the longest is its look interval.
    expect((round?.startedAt ?? 0) - bot.status.startedAt).toBeGreaterThan(10_000);
  });

  it('behavior: wakes for the next thing that is due', async () => {
    const play = script({ next: head => head + 1 });
    const bot = await world.start(play);
    await rounds(bot, 2);
    const [pool] = bot.status.targets;
    expect(pool?.next?.what).toBe('work');
  });

  it('behavior: one past its deadline is reported, and the next waits for its end', async () => {
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const play = script({
      round: async () => {
        await held;
        play.round = undefined;
        throw new Error('ended at last');
      },
    });
    const bot = await world.start(play);
    await until('reported', () => open(bot, 'round-failed'));
    expect(open(bot, 'round-failed')?.message).toBe(
      'the round did not end within 1 s (ROUND_TIMEOUT_SECONDS)',
    );
    await until('reported again', () => bot.status.failedRounds >= 2);
    expect([play.rounds, play.atOnce]).toEqual([1, 1]);
    release();
    await rounds(bot, 1);
    expect(play.atOnce).toBe(1);
    await until('resolved', () => bot.alerter.open.length === 0);
    expect(world.logged('the overdue round failed later')).toMatchObject({ reason: 'ended at last' });
  });

  it('behavior: what a round tells of at once is heard of before it ends', async () => {
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const play = script({
      round: async () => {
        play.context?.observe([{ check: 'policy-violation', failing: true, message: 'found' }]);
        await held;
        throw new Error('ended at last');
      },
    });
    const bot = await world.start(play);
    await until('it is open', () => open(bot, 'policy-violation'));
    expect(bot.status.rounds).toBe(0);
    release();
  });

  it('behavior: one that fails altogether is a warning at first, and an error when it goes on', async () => {
    const play = script({
      round: () => {
        throw new TypeError('a defect');
      },
    });
    const bot = await world.start(play);
    await until('raised', () => open(bot, 'round-failed')?.severity === 'warning');
    await until('an error', () => open(bot, 'round-failed')?.severity === 'error');
    expect((await get(bot, '/healthz')).code).toBe(503);
    play.round = undefined;
    await until('resolved', () => bot.alerter.open.length === 0);
    expect((await get(bot, '/healthz')).code).toBe(200);
  });

  it('behavior: a stop lets the round in hand end, and begins no other', async () => {
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const play = script({ look: () => held });
    const bot = await world.start(play);
    await until('a round is under way', () => play.context);
    let isDone = false;
    const done = bot.done.then(() => {
      isDone = true;
    });
    const stopping = bot.stop();
    expect(play.context?.stop.aborted).toBe(true);
    // The time is enough to end, if the stop did not wait. The status is served until the stop has ended.
    expect((await get(bot, '/status')).code).toBe(200);
    expect(isDone).toBe(false);
    release();
    await Promise.all([stopping, done]);
    expect(play.rounds).toBe(1);
  });
});

describe('the chain cannot be reached', () => {
  it('behavior: in the first minute it is a warning, and escalates by itself', async () => {
    world.proxy.behave('refuse');
    // A minute of the bot's clock is three seconds.
    const bot = await world.start(script());
    const failures = () => world.lines.filter(({ message }) => /^no RPC endpoint answers/.test(`${message}`));
    await until('many tries', () => failures().length >= 6);
    expect(open(bot, 'rpc-unreachable')).toMatchObject({ severity: 'warning' });
    await until('critical', () => open(bot, 'rpc-unreachable')?.severity === 'critical');
    expect(world.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('alert escalated: no RPC endpoint answers'),
    );
    expect(bot.status.rounds).toBe(0);
  });

  it('behavior: so is it where the first look at the chain worked and the first round did not', async () => {
    const play = script({ discover: () => world.proxy.behave('refuse') });
    const bot = await world.start(play);
    await until('rounds failed', () => bot.status.failedRounds >= 1);
    expect(open(bot, 'rpc-unreachable')).toMatchObject({ severity: 'warning' });
    await until('critical', () => open(bot, 'rpc-unreachable')?.severity === 'critical');
  });

  it('behavior: at the start: it is raised, and the bot starts by itself once there is one', async () => {
    world.proxy.behave('refuse');
    const bot = await world.start(script());
    await until('raised', () => open(bot, 'rpc-unreachable'));
    expect((await get(bot, '/readyz')).code).toBe(503);
    expect(bot.status.rounds).toBe(0);
    world.proxy.behave('pass');
    await rounds(bot, 1);
    await until('resolved', () => bot.alerter.open.length === 0);
    expect((await get(bot, '/healthz')).code).toBe(200);
  });

  it('behavior: while running: it is raised, healthz goes to 503, and both end with it', async () => {
    const bot = await world.start(script());
    await rounds(bot, 1);
    world.proxy.behave('fail');
    await until('raised', () => open(bot, 'rpc-unreachable'));
    await until('critical', () => open(bot, 'rpc-unreachable')?.severity === 'critical');
    await until('unhealthy', async () => (await get(bot, '/healthz')).code === 503);
    world.proxy.behave('pass');
    await until('healthy', async () => (await get(bot, '/healthz')).code === 200);
    await until('resolved', () => bot.alerter.open.length === 0);
  });

  it('behavior: so is it when the bot says what it was doing meanwhile', async () => {
    const play = script();
    const bot = await world.start(play);
    await rounds(bot, 1);
    play.round = async () => {
      const cause = await play.context?.provider.getBlockNumber().catch(error => error);
      throw new Error('could not read the pools', { cause });
    };
    world.proxy.behave('fail');
    await until('raised', () => open(bot, 'rpc-unreachable'));
    expect(open(bot, 'round-failed')).toBeUndefined();
  });
});

describe('discovery', () => {
  it('default: pools that appear and disappear are told, watched and let go', async () => {
    const play = script({ pools: [poolA] });
    const bot = await world.start(play);
    await rounds(bot, 1);
    play.look = () => {
      throw new Error('broken');
    };
    await until('raised', () => bot.alerter.open.some(({ pool }) => pool === poolA));
    play.pools = [poolB];
    await until('found', () => world.logged('new pool found'));
    expect(world.logged('new pool found')).toMatchObject({ pool: poolB });
    expect(world.logged('the pool is no longer listed, and no longer watched')).toMatchObject({
      pool: poolA,
    });
    expect(bot.status.targets.map(({ address }) => address)).toEqual([poolB]);
    // The alerts about the removed pool have been resolved.
    expect(bot.alerter.open.filter(({ pool }) => pool === poolA)).toEqual([]);
  });

  it('behavior: one that fails is raised, and the known pools are still looked after', async () => {
    const play = script();
    const bot = await world.start(play);
    await rounds(bot, 1);
    play.discover = () => {
      throw new SetupError('the registry is gone');
    };
    await until('raised', () => open(bot, 'discovery-failed'));
    const count = bot.status.rounds;
    await rounds(bot, count + 2);
    play.discover = () => undefined;
    await until('resolved', () => bot.alerter.open.length === 0);
  });

  it('behavior: one that hangs is given up, and rounds go on', async () => {
    const play = script();
    const bot = await world.start(play);
    await rounds(bot, 1);
    let begun = 0;
    play.discover = () => {
      begun += 1;
      return new Promise(() => undefined);
    };
    await until('raised', () => open(bot, 'discovery-failed'));
    expect(open(bot, 'discovery-failed')?.message).toContain('ROUND_TIMEOUT_SECONDS');
    const count = bot.status.rounds;
    await rounds(bot, count + 1);
    // No second discovery begins beside it, or keeps a round waiting.
    await until('it is time again', () =>
      open(bot, 'discovery-failed')?.message.includes('the previous discovery has still not ended'),
    );
    expect(begun).toBe(1);
  });

  it('behavior: at the start it is tried until it works', async () => {
    let tries = 0;
    const play = script({
      discover: () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
      },
    });
    const bot = await world.start(play);
    await rounds(bot, 1);
    await until('resolved', () => bot.alerter.open.length === 0);
  });

  it('behavior: a mistake in the set-up ends the bot', async () => {
    const play = script({
      discover: () => {
        throw new SetupError('REGISTRY_ADDRESS has no code');
      },
    });
    const bot = await world.start(play);
    await expect(bot.done).rejects.toThrow(SetupError);
    await until('the status server is closed', () => get(bot, '/healthz').catch(() => true));
  });

  it('behavior: a check that reports about no pool is not ended by it', async () => {
    const play = script();
    const bot = await world.start(play);
    await rounds(bot, 1);
    const own: Observation = { check: 'own', failing: true, message: 'about the bot' };
    bot.alerter.observe([own]);
    let count = 0;
    play.discover = () => {
      count += 1;
    };
    await until('discovered twice', () => count >= 2);
    expect(open(bot, 'own')).toBeDefined();
  });
});

describe('what an earlier process raised', () => {
  it('behavior: ends where it is about what this one does not have', async () => {
    const STATE_DIR = await mkdtemp(join(world.stateDir, 'same-'));
    const checks = ['cannot-send', 'stuck-transaction', 'heartbeat-failing', 'discovery-failed'];
    const observations = checks.map(check => ({ check, failing: true as const, message: 'it is' }));
    const block = { number: 1, hash: '0x', parentHash: '0x', timestamp: 1, baseFeeWei: undefined };
    const first = await world.start(script({ round: async () => ({ block, targets: [], observations }) }), {
      STATE_DIR,
    });
    await until('raised', () => checks.every(check => open(first, check)));
    // A disk that is busy for longer than a stop may take would keep the alerts from the next process.
    const ledger = join(STATE_DIR, 'fake-alerts.jsonl');
    const kept = () => (existsSync(ledger) ? readFileSync(ledger, 'utf8') : '');
    await until('kept', () => checks.every(check => kept().includes(check)));
    await first.stop();
    await first.release();
    const second = await world.start(script(), { STATE_DIR });
    await rounds(second, 1);
    for (const check of checks.slice(0, 3)) expect(open(second, check)).toBeUndefined();
    expect(world.lines.map(({ ending }) => ending)).toEqual(
      expect.arrayContaining(['the bot has no wallet any more', 'HEARTBEAT_URL is not set any more']),
    );
  });
});
