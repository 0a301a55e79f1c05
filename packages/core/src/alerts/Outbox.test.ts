import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeClock, fakeClock } from '../../test/support/fakeClock.ts';
import { notice } from '../../test/support/notice.ts';
import { type Line, recordingLogger } from '../../test/support/recordingLogger.ts';
import { until } from '../../test/support/until.ts';
import type { Notice } from './alert.ts';
import type { Channel } from './channel.ts';
import { DeliveryFailed } from './deliveryFailed.ts';
import { Outbox, type OutboxOptions } from './Outbox.ts';
import type { Waiting } from './readLedger.ts';
import type { Severity } from './severity.ts';

const second = 1_000;
let clock: FakeClock;
let lines: Line[];
/** Every delivery that the channel began: when, and of what. */
let begun: { at: number; what: string }[];
let taken: string[];
let refused: string[];
let done: string[];
beforeEach(() => {
  clock = fakeClock(0);
  lines = [];
  begun = [];
  taken = [];
  refused = [];
  done = [];
});

function outbox(
  act: (notices: readonly Notice[]) => unknown = () => undefined,
  { channel = {}, ...more }: Partial<Omit<OutboxOptions, 'channel'>> & { channel?: Partial<Channel> } = {},
) {
  const texts = new Map<string, Notice>();
  const box = new Outbox({
    channel: {
      name: 'sink',
      async deliver(notices) {
        begun.push({ at: clock.now(), what: notices.map(({ id }) => id).join('+') });
        await act(notices);
        taken.push(...notices.map(({ id }) => id));
      },
      ...channel,
    },
    clock,
    logger: recordingLogger(lines),
    read: ({ id }) => texts.get(id) as Notice,
    done: ({ id }) => done.push(id),
    refused: ({ id }) => refused.push(id),
    attemptMs: 50,
    mostWaiting: 100,
    random: () => 1,
    ...more,
  });
  return {
    box,
    push(id: string, severity: Severity = 'error', key = id) {
      texts.set(id, { ...notice({ dedupKey: key, severity }), id });
      const waiting: Waiting = { id, key, severity, to: ['sink'], place: { offset: 0, bytes: 0 } };
      box.push(waiting);
    },
  };
}
const down = (more = {}) => new DeliveryFailed('HTTP 503', more);
const refusal = () => new DeliveryFailed('HTTP 400', { permanent: true });

describe('Outbox', () => {
  it('default: the most severe first; what is about one key in its own order, however severe', async () => {
    const { push } = outbox();
    push('a1', 'warning', 'a');
    push('i', 'info');
    push('e', 'error');
    push('b', 'critical');
    push('a2', 'critical', 'a');
    push('a3', 'warning', 'a');
    await clock.advance(0);
    expect(taken).toEqual(['b', 'a1', 'a2', 'a3', 'e', 'i']);
    expect(done).toEqual(taken);
  });

  it('behavior: tried again after pauses that grow to a minute, until it is taken', async () => {
    const { push, box } = outbox(() => {
      if (clock.now() < 300 * second) throw down();
    });
    push('a');
    await clock.advance(400 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303]);
    expect(taken).toEqual(['a']);
    expect(box.state).toMatchObject({ waiting: 0, delivered: 1, failures: 10, failing: undefined });
    // Not a line for each.
    expect(lines.filter(({ level }) => level === 'warning')).toHaveLength(4);
  });

  it('behavior: with jitter, by up to a half', async () => {
    const { push } = outbox(() => Promise.reject(down()), { random: () => 0 });
    push('a');
    await clock.advance(4 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 0.5, 1.5, 3.5]);
  });

  it('behavior: what the service asks for is waited for', async () => {
    const { push } = outbox(() => {
      if (clock.now() === 0) throw down({ retryAfterMs: 40 * second });
    });
    push('a');
    await clock.advance(39 * second);
    expect(begun).toHaveLength(1);
    await clock.advance(second);
    expect(taken).toEqual(['a']);
  });

  it('behavior: a clock that was set back by a day makes no pause longer', async () => {
    let backMs = 0;
    const now = () => clock.now() - backMs;
    const { push, box } = outbox(
      () => {
        if (clock.now() === 0) throw down();
      },
      { clock: { ...clock, now }, channel: { minIntervalMs: 3 * second } },
    );
    push('a', 'critical');
    await clock.advance(second / 2);
    backMs = 24 * 3_600 * second;
    await clock.advance(2 * second);
    expect(taken).toEqual(['a']);
    backMs *= 2;
    push('b', 'critical');
    await clock.advance(3 * second);
    expect(taken).toEqual(['a', 'b']);
    expect(box.state.failing).toBeUndefined();
  });

  it('behavior: deliveries keep the distance that the channel wants', async () => {
    const { push } = outbox(undefined, { channel: { minIntervalMs: 3 * second } });
    for (const id of ['a', 'b', 'c']) push(id);
    await clock.advance(10 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 3, 6]);
  });

  it('behavior: many that wait go out together where the channel can do that', async () => {
    const { push } = outbox(undefined, { channel: { digestUpTo: 5 } });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) push(id);
    await clock.advance(0);
    expect(begun.map(({ what }) => what)).toEqual(['a+b+c+d+e', 'f', 'g']);
  });

  it('behavior: what failed in an outage goes out together all the same once that is over', async () => {
    const { push } = outbox(
      () => {
        if (clock.now() < 300 * second) throw down();
      },
      { channel: { digestUpTo: 5 } },
    );
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) push(id);
    await clock.advance(400 * second);
    expect(taken.sort().join('')).toBe('abcdefghij');
    expect(begun.filter(({ at }) => at >= 300 * second).length).toBeLessThanOrEqual(4);
  });

  it('behavior: one whose text the disk has lost is given up, once; those beside it go out', async () => {
    const { push, box } = outbox(undefined, {
      channel: { digestUpTo: 5 },
      read: ({ id }) => {
        if (id === 'lost') throw new Error('EIO');
        return { ...notice(), id };
      },
    });
    for (const id of ['lost', 'b', 'c', 'd']) push(id);
    await clock.advance(0);
    expect([taken, done.sort()]).toEqual([
      ['b', 'c', 'd'],
      ['b', 'c', 'd', 'lost'],
    ]);
    expect(box.state).toMatchObject({ delivered: 3, dropped: 1 });
    expect(lines).toMatchObject([{ level: 'critical' }]);
  });

  it('behavior: of several that are refused together, each is tried alone, and only the bad one is given up', async () => {
    const { push } = outbox(
      notices => {
        if (notices.some(({ id }) => id === 'bad')) throw refusal();
      },
      { channel: { digestUpTo: 5 } },
    );
    for (const id of ['a', 'bad', 'c', 'd']) push(id);
    await clock.advance(60 * second);
    expect([taken.sort(), refused]).toEqual([['a', 'c', 'd'], ['bad']]);
    expect(done.sort()).toEqual(['a', 'bad', 'c', 'd']);
  });

  it('behavior: one that is refused holds up nobody; neither does one that the channel trips over', async () => {
    const { push, box } = outbox(([first]) => {
      if (first?.id === 'bad') throw refusal();
      if (first?.id === 'odd') throw new TypeError('a defect');
    });
    for (const id of ['bad', 'odd', 'c']) push(id, 'critical');
    await clock.advance(0);
    expect([taken, refused]).toEqual([['c'], ['bad', 'odd']]);
    expect(box.state.refused).toBe(2);
  });

  it('behavior: one that the service chokes on lets the others go first, and is given up when it is alone with that', async () => {
    const { push } = outbox(([first]) => {
      if (first?.id === 'poison') throw down();
    });
    push('poison', 'critical');
    for (const id of ['a', 'b', 'c', 'd']) push(id);
    await clock.advance(20 * second);
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(3_600 * second);
    expect(refused).toEqual(['poison']);
    expect(begun.filter(({ what }) => what === 'poison')).toHaveLength(12);
  });

  it('behavior: one that hangs is tried again, and one that ignores the signal too', async () => {
    let tries = 0;
    const { push } = outbox(() => {
      tries += 1;
      return tries < 3 ? new Promise(() => undefined) : undefined;
    });
    push('a');
    await until('taken', async () => {
      await clock.advance(60 * second);
      return taken.length > 0;
    });
    expect(begun).toHaveLength(3);
  });

  it('behavior: too many: the oldest of the least severe goes, never a critical one nor the one under way', async () => {
    const { push, box } = outbox(() => new Promise(() => undefined), { mostWaiting: 3 });
    push('flying', 'warning');
    await clock.advance(0);
    for (const id of ['w1', 'w2', 'w3']) push(id, 'warning');
    push('e1', 'error');
    for (let i = 0; i < 10; i += 1) push(`c${i}`, 'critical');
    expect(done).toEqual(['w1', 'w2']);
    expect(box.state).toMatchObject({ waiting: 13, dropped: 2 });
    box.close();
  });

  it('behavior: in a hurry it waits no longer than half a second, and is done when nothing waits', async () => {
    const { push, box } = outbox(() => {
      if (clock.now() < 6.2 * second) throw down({ retryAfterMs: 600 * second });
    });
    push('a');
    await clock.advance(5 * second);
    let isOver = false;
    const hurried = box.hurry().then(() => {
      isOver = true;
    });
    await clock.advance(second);
    expect(isOver).toBe(false);
    await clock.advance(second);
    await hurried;
    expect(taken).toEqual(['a']);
  });
});
