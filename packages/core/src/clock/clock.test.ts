import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { systemClock, withDeadline } from './index.ts';

describe('systemClock', () => {
  it('default: sleeps, and goes on', async () => {
    await systemClock.sleep(1);
    await systemClock.sleep(-5);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });

  it('behavior: wakes at once when it is told to, without an error', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(1e12, stop.signal);
    stop.abort();
    await sleeping;
    await systemClock.sleep(1e12, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('behavior: a sleep longer than a timer can count does not end at once', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(() => 'slept');
    expect(await Promise.race([sleeping, systemClock.sleep(20).then(() => 'still asleep')])).toBe(
      'still asleep',
    );
    stop.abort();
    await sleeping;
  });
});

describe('withDeadline', () => {
  const late = () => new Error('too late');

  it('default: the value, when it comes in time', async () => {
    expect(await withDeadline(Promise.resolve(7), 1_000, late)).toBe(7);
  });

  it('behavior: its error, when it fails in time', async () => {
    await expect(withDeadline(Promise.reject(new Error('mine')), 1_000, late)).rejects.toThrow('mine');
  });

  it('behavior: the error given, when it does not come', async () => {
    await expect(withDeadline(new Promise(() => undefined), 1, late)).rejects.toThrow('too late');
  });

  it('behavior: work that fails after its deadline disturbs nobody', async () => {
    let fail = (_: Error) => {};
    const work = new Promise((_, reject) => {
      fail = reject;
    });
    await expect(withDeadline(work, 1, late)).rejects.toThrow('too late');
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', record);
    fail(new Error('nobody listens any more'));
    await systemClock.sleep(10);
    process.off('unhandledRejection', record);
    expect(unhandled).toEqual([]);
  });
});
