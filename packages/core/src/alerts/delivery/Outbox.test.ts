import { beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { type FakeClock, fakeClock } from '../../../test/support/fakeClock.ts';
import { notice } from '../../../test/support/notice.ts';
import { type Line, recordingLogger } from '../../../test/support/recordingLogger.ts';
import type { Notice, Occasion, Severity } from '../model/alert.ts';
import { type Channel, DeliveryFailed } from './Channel.ts';
import { Outbox, type OutboxOptions } from './Outbox.ts';
import type { QueuedNotice } from './readLedger.ts';

const second = 1_000;
let clock: FakeClock;
let lines: Line[];
/** Every delivery that the channel began: its time and its notices. */
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
    read: async ({ id }) => texts.get(id) as Notice,
    saved: async () => undefined,
    done: ({ id }) => done.push(id),
    refused: ({ id }) => refused.push(id),
    attemptMs: 50,
    mostWaiting: 100,
    random: () => 1,
    ...more,
  });
  return {
    box,
    push(
      id: string,
      severity: Severity = 'error',
      key = id,
      occasion: Occasion = 'opened',
      isLeftOver = false,
    ) {
      texts.set(id, { ...notice({ dedupKey: key, severity }), id, occasion });
      const waiting: QueuedNotice = {
        id,
        key,
        severity,
        occasion,
        to: ['sink'],
        place: { offset: 0, bytes: 0 },
      };
      box.push(waiting, isLeftOver);
    },
  };
}
const down = (more = {}) => new DeliveryFailed('HTTP 503', more);
const refusal = () => new DeliveryFailed('HTTP 400', { permanent: true });

describe('Outbox', () => {
  it('default: delivers the most severe notice first, and notices about one key in their order', async () => {
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

  it('behavior: retries with pauses that grow to a minute, until the notice is delivered', async () => {
    const { push, box } = outbox(() => {
      if (clock.now() < 300 * second) throw down();
    });
    push('a');
    await clock.advance(400 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303]);
    expect(taken).toEqual(['a']);
    expect(box.state).toMatchObject({ waiting: 0, delivered: 1, failures: 10, failing: undefined });
    // Not every failure has a line.
    expect(lines.filter(({ level }) => level === 'warning')).toHaveLength(4);
  });

  it('behavior: shortens pauses by up to a half, at random', async () => {
    const { push } = outbox(() => Promise.reject(down()), { random: () => 0 });
    push('a');
    await clock.advance(4 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 0.5, 1.5, 3.5]);
  });

  it('behavior: waits for the pause that the service asks for', async () => {
    const { push } = outbox(() => {
      if (clock.now() === 0) throw down({ retryAfterMs: 40 * second });
    });
    push('a');
    await clock.advance(39 * second);
    expect(begun).toHaveLength(1);
    await clock.advance(second);
    expect(taken).toEqual(['a']);
  });

  it('behavior: lengthens no pause when the clock is set back by a day', async () => {
    const { push, box } = outbox(
      () => {
        if (clock.now() === 0) throw down();
      },
      { channel: { minIntervalMs: 3 * second } },
    );
    push('a', 'critical');
    await clock.advance(second / 2);
    clock.step(-24 * 3_600 * second);
    expect(box.state.failing?.forMs).toBe(second / 2);
    await clock.advance(2 * second);
    expect(taken).toEqual(['a']);
    clock.step(-24 * 3_600 * second);
    push('b', 'critical');
    await clock.advance(3 * second);
    expect(taken).toEqual(['a', 'b']);
    expect(box.state.failing).toBeUndefined();
  });

  it('behavior: keeps the shortest pause between two deliveries', async () => {
    const { push } = outbox(undefined, { channel: { minIntervalMs: 3 * second } });
    for (const id of ['a', 'b', 'c']) push(id);
    await clock.advance(10 * second);
    expect(begun.map(({ at }) => at / second)).toEqual([0, 3, 6]);
  });

  it('behavior: sends many waiting notices as one digest, if the channel supports digests', async () => {
    const { push } = outbox(undefined, { channel: { digestUpTo: 5 } });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) push(id);
    await clock.advance(0);
    expect(begun.map(({ what }) => what)).toEqual(['a+b+c+d+e', 'f', 'g']);
  });

  const story = ['opened', 'lasting', 'escalated', 'lasting', 'resolved'] as const;
  it.each<[string, Partial<Channel>, readonly Occasion[], string]>([
    ['a chat', {}, story, 'resolved'],
    ['a chat', {}, story.slice(0, -1), 'lasting'],
    ['a chat', {}, [...story, 'opened'], 'opened'],
    ['a chat', {}, ['opened', 'acknowledged'], 'opened acknowledged'],
    ['a chat', {}, ['opened', 'acknowledged', 'resolved'], 'resolved'],
    ['a pager', { needsBeginning: true }, story, ''],
    ['a pager', { needsBeginning: true }, [...story, ...story, 'flapping'], 'flapping'],
    ['a pager', { needsBeginning: true }, ['lasting', 'resolved'], 'resolved'],
    ['a program', { keepsEach: true }, story, story.join(' ')],
  ])('behavior: after an outage %s (%j) that missed %j gets: %s', async (_, channel, occasions, expected) => {
    const given: string[] = [];
    const { push, box } = outbox(
      notices => {
        if (clock.now() < 60 * second) throw down();
        given.push(...notices.filter(({ alert }) => alert.dedupKey === 'k').map(({ occasion }) => occasion));
      },
      { channel },
    );
    // The channel is down already when the first notice comes.
    push('other', 'critical');
    await clock.advance(0);
    for (const [i, occasion] of occasions.entries()) push(`${i}`, 'error', 'k', occasion);
    await clock.advance(300 * second);
    expect(given.join(' ')).toBe(expected);
    expect(box.state.waiting).toBe(0);
    expect(done).toHaveLength(occasions.length + 1);
  });

  it('behavior: sends a pager the end of an incident whose beginning may have arrived', async () => {
    const given: string[] = [];
    const { push } = outbox(
      notices => {
        if (clock.now() < 60 * second) throw down();
        given.push(...notices.map(({ occasion }) => occasion));
      },
      { channel: { needsBeginning: true } },
    );
    push('0', 'error', 'k', 'opened');
    await clock.advance(0);
    push('1', 'error', 'k', 'resolved');
    await clock.advance(300 * second);
    expect(given).toEqual(['resolved']);
  });

  it('behavior: sends the last waiting notice of each key after a restart, also an end', async () => {
    const { push } = outbox(undefined, { channel: { needsBeginning: true } });
    for (const [id, occasion] of Object.entries({ o: 'opened', l: 'lasting', r: 'resolved' } as const))
      push(id, 'error', 'k', occasion, true);
    push('p', 'error', 'm', 'opened', true);
    await clock.advance(0);
    expect(taken).toEqual(['r', 'p']);
  });

  it('behavior: sends notices that failed in an outage as one digest once the channel works again', async () => {
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

  it('behavior: retries the notices of a rejected digest one by one, and gives up only the bad one', async () => {
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

  it('behavior: delivers the other notices when one is rejected or makes the channel throw', async () => {
    const { push, box } = outbox(([first]) => {
      if (first?.id === 'bad') throw refusal();
      if (first?.id === 'odd') throw new TypeError('a defect');
    });
    for (const id of ['bad', 'odd', 'c']) push(id, 'critical');
    await clock.advance(0);
    expect([taken, refused]).toEqual([['c'], ['bad', 'odd']]);
    expect(box.state.refused).toBe(2);
  });

  it('behavior: delivers the others before a notice that keeps failing, and never gives it up', async () => {
    const { push, box } = outbox(([first]) => {
      if (first?.id === 'poison') throw down();
    });
    push('poison', 'critical');
    for (const id of ['a', 'b', 'c', 'd']) push(id);
    await clock.advance(20 * second);
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(3_600 * second);
    expect(refused).toEqual([]);
    expect(box.state.waiting).toBe(1);
    expect(begun.filter(({ what }) => what === 'poison').length).toBeGreaterThan(50);
  });

  it('behavior: gives up no notice while nine of ten deliveries fail', async () => {
    let tries = 0;
    const { push } = outbox(() => {
      tries += 1;
      if (tries % 10 !== 0) throw tries % 2 === 0 ? down() : new DeliveryFailed('HTTP 429', { status: 429 });
    });
    const ids = Array.from({ length: 40 }, (_, i) => `c${i}`);
    for (const id of ids) push(id, 'critical');
    await clock.advance(12 * 3_600 * second);
    expect([taken.sort(), refused]).toEqual([ids.sort(), []]);
  });

  const unauthorised = () => new DeliveryFailed('HTTP 401', { status: 401 });
  it.each([
    ['error', 3_600],
    ['critical', 600],
  ] as const)(
    'behavior: a refused token lets an alert of severity %s be tried every %i s',
    async (severity, pauseS) => {
      const { push } = outbox(() => Promise.reject(unauthorised()));
      push('a', severity);
      await clock.advance(20 * 3_600 * second);
      const at = begun.map(each => each.at / second);
      const pauses = at.slice(1).map((each, i) => each - (at[i] as number));
      expect(Math.max(...pauses)).toBe(pauseS);
      expect(pauses.at(-1)).toBe(pauseS);
      expect(refused).toEqual([]);
    },
  );

  it('behavior: delivers a new alert without the long pause of earlier failures', async () => {
    let isRight = false;
    const { push } = outbox(() => {
      if (!isRight) throw unauthorised();
    });
    push('a', 'info');
    await clock.advance(10 * 3_600 * second);
    isRight = true;
    push('b', 'critical');
    await clock.advance(60 * second);
    expect(taken).toEqual(['b', 'a']);
  });

  it('behavior: gives up a notice that is rejected again and again while others are delivered, a critical one after a day', async () => {
    const { push } = outbox(([first]) => {
      if (first?.id.startsWith('bad')) throw new DeliveryFailed('HTTP 403', { status: 403 });
    });
    push('bad', 'error');
    push('bad critical', 'critical');
    for (let i = 0; i < 20; i += 1) {
      push(`good ${i}`);
      await clock.advance(3_600 * second);
    }
    expect(refused).toEqual(['bad']);
    await clock.advance(24 * 3_600 * second);
    expect(refused).toEqual(['bad', 'bad critical']);
  });

  it('behavior: gives up no notice when a firewall passes one in ten', async () => {
    let requests = 0;
    const { push } = outbox(() => {
      requests += 1;
      if (requests % 10 !== 0) throw new DeliveryFailed('HTTP 403', { status: 403 });
    });
    for (let i = 0; i < 40; i += 1) push(`a${i}`, 'error');
    for (let i = 0; i < 48 && taken.length < 40; i += 1) await clock.advance(3_600 * second);
    expect(refused).toEqual([]);
    expect(taken).toHaveLength(40);
  });

  it('behavior: retries a delivery that hangs, also one that ignores the signal', async () => {
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

  it('behavior: discards the oldest of the least severe notices when too many wait, never a critical one or one under way', async () => {
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

  it('behavior: waits at most half a second between attempts while it flushes', async () => {
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
