import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Release, Semaphore } from './Semaphore.ts';

const never = new AbortController().signal;
const long = 60_000;

describe('Semaphore', () => {
  it('default: lets as many run as there are slots, the others in their order', async () => {
    const slots = new Semaphore(2);
    const order: number[] = [];
    const first = (await slots.take(long, never)) as Release;
    const second = (await slots.take(long, never)) as Release;
    const later = [1, 2, 3].map(n =>
      slots.take(long, never).then(release => {
        order.push(n);
        release?.();
      }),
    );
    expect(slots.taken).toBe(2);
    first();
    second();
    await Promise.all(later);
    expect(order).toEqual([1, 2, 3]);
  });

  it('behavior: a release counts once', async () => {
    const slots = new Semaphore(1);
    const release = (await slots.take(long, never)) as Release;
    release();
    release();
    expect(slots.taken).toBe(0);
  });

  it('behavior: gives no slot to a caller that has waited too long, and loses no slot', async () => {
    const slots = new Semaphore(1);
    const release = (await slots.take(long, never)) as Release;
    expect(await slots.take(1, never)).toBeUndefined();
    release();
    expect(slots.taken).toBe(0);
  });

  it('behavior: passes a slot on when its caller aborts at the moment of release', async () => {
    const slots = new Semaphore(1);
    const release = (await slots.take(long, never)) as Release;
    const given = new AbortController();
    const first = slots.take(long, given.signal);
    const second = slots.take(long, never);
    release();
    given.abort();
    (await first)?.();
    expect(await second).toBeDefined();
  });

  it('holds for any order of takes, releases and aborts: never too many, and none lost', async () => {
    const step = fc.record({ what: fc.constantFrom('take', 'release', 'abort'), which: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        async (limit, steps) => {
          const slots = new Semaphore(limit);
          const held: Release[] = [];
          const waiting: AbortController[] = [];
          const all: Promise<unknown>[] = [];
          for (const { what, which } of steps) {
            if (what === 'take') {
              const control = new AbortController();
              waiting.push(control);
              all.push(slots.take(long, control.signal).then(release => release && held.push(release)));
            } else if (what === 'release') held.splice(which % Math.max(held.length, 1), 1)[0]?.();
            else waiting[which % Math.max(waiting.length, 1)]?.abort();
            await Promise.resolve();
            expect(slots.taken).toBeLessThanOrEqual(limit);
          }
          for (const control of waiting) control.abort();
          await Promise.all(all);
          for (const release of held) release();
          expect(slots.taken).toBe(0);
        },
      ),
    );
  });
});

describe('in a burst', () => {
  const waiting = async (slots: Semaphore, count: number) => {
    let served = 0;
    const all = Array.from({ length: count }, () =>
      slots.take(long, never).then(() => {
        served += 1;
      }),
    );
    return { all, served: () => new Promise<number>(resolve => setImmediate(() => resolve(served))) };
  };

  it('adds a slot for each answer, up to the maximum', async () => {
    const slots = new Semaphore(2, 4);
    const { served } = await waiting(slots, 10);
    for (const taken of [3, 4, 4]) {
      slots.grow();
      expect(await served()).toBe(taken);
    }
  });

  it('returns to the usual number of slots after a failure', async () => {
    const slots = new Semaphore(1, 4);
    const releases = [(await slots.take(long, never)) as Release];
    const others = [1, 2].map(() => slots.take(long, never));
    slots.grow();
    slots.grow();
    releases.push(...(await Promise.all(others)).map(release => release as Release));
    expect(slots.taken).toBe(3);
    const { served } = await waiting(slots, 2);
    slots.shrink();
    releases[0]?.();
    releases[1]?.();
    expect([slots.taken, await served()]).toEqual([1, 0]);
    releases[2]?.();
    expect([slots.taken, await served()]).toEqual([1, 1]);
  });

  it('adds no slot while no request waits', async () => {
    const slots = new Semaphore(1, 4);
    slots.grow();
    await slots.take(long, never);
    const { served } = await waiting(slots, 1);
    expect(await served()).toBe(0);
  });
});
