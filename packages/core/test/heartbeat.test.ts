import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HeartbeatSink, startHeartbeat, until } from '@service-bots/devnet';
import { Redactor } from '../src/logger/index.ts';
import { Heartbeat } from '../src/runtime/status/Heartbeat.ts';
import { type FakeClock, fakeClock } from './support/fakeClock.ts';
import { type Line, recordingLogger } from './support/recordingLogger.ts';

const token = '3f9c2b7a-1111-2222-3333-444455556666';
let sink: HeartbeatSink;
let clock: FakeClock;
let lines: Line[];
let heartbeat: Heartbeat;
beforeAll(async () => {
  sink = await startHeartbeat();
});
beforeEach(() => {
  clock = fakeClock();
  lines = [];
  const url = sink.pingUrl(token);
  const redactor = new Redactor([url]);
  heartbeat = new Heartbeat({
    url,
    redact: text => redactor.redact(text),
    clock,
    logger: recordingLogger(lines),
  });
});
afterEach(() => {
  sink.behave('ok');
  sink.clear();
});
afterAll(() => sink.close());

/** Completes a round about every minute, each after the last ping has been answered or given up. */
const rounds = async (count: number) => {
  for (let i = 0; i < count; i += 1) {
    heartbeat.roundCompleted({ block: 7 });
    await until('the last try is over', async () => {
      await clock.advance(15_000);
      return !heartbeat.isBusy;
    });
    await clock.advance(60_000);
  }
};

describe('Heartbeat', () => {
  it('default: start, each completed round with its summary, and a remark when it is stopped', async () => {
    heartbeat.started({ version: '1.2.3' });
    await sink.waitForItem(({ kind }) => kind === 'start');
    heartbeat.roundCompleted({ block: 7, token });
    const ping = await sink.waitForItem(({ kind }) => kind === 'success');
    expect([ping.check, JSON.parse(ping.body)]).toEqual([token, { block: 7, token: '[redacted]' }]);
    await heartbeat.stopping();
    expect(sink.items.map(({ kind }) => kind)).toEqual(['start', 'success', 'log']);
  });

  it('behavior: rounds that follow one another quickly are not each told', async () => {
    await rounds(1);
    heartbeat.roundCompleted({});
    heartbeat.roundCompleted({});
    await until('told', () => sink.items.length === 2);
    expect(sink.items).toHaveLength(2);
  });

  it('behavior: a clock that was set back silences nothing', async () => {
    await rounds(1);
    await clock.advance(-3_600_000);
    await rounds(1);
    expect(sink.items).toHaveLength(2);
  });

  it.each(['fail', 'refuse', 'rate-limit', 'reject'] as const)(
    'behavior: %s: tried again, raised after three rounds, never told as a failure of the bot, over when it works',
    async behaviour => {
      sink.behave(behaviour);
      await rounds(2);
      expect(heartbeat.observation()).toEqual([]);
      await rounds(1);
      const [observation] = heartbeat.observation();
      expect(observation).toMatchObject({ check: 'heartbeat-failing', failing: true });
      expect(JSON.stringify([observation, lines])).not.toContain(token);
      expect(sink.requests.length).toBe(9);
      expect(sink.requests.every(({ path }) => path === `/ping/${token}`)).toBe(true);
      sink.behave('ok');
      await rounds(1);
      expect(heartbeat.observation()).toEqual([{ check: 'heartbeat-failing', failing: false }]);
    },
  );

  it('behavior: one that hangs keeps nobody waiting', async () => {
    sink.behave('hang');
    heartbeat.started({});
    for (let i = 0; i < 100; i += 1) heartbeat.roundCompleted({});
    await until('asked', () => sink.requests.length >= 2);
    expect(sink.requests.length).toBe(2);
  });
});
