import { describe, expect, it } from '@jest/globals';
import { Silence } from './Silence.ts';

describe('Silence', () => {
  it('default: lasts from the oldest request without an answer', () => {
    const silence = new Silence();
    expect(silence.lastedMs(1_000)).toBe(0);
    silence.asked(1_000);
    silence.asked(1_500);
    expect(silence.lastedMs(1_700)).toBe(700);
  });

  it('behavior: ends with an answer, also for earlier requests', () => {
    const silence = new Silence();
    silence.asked(1_000);
    silence.answered(silence.asked(1_100), 1_200);
    expect(silence.lastedMs(1_500)).toBe(300);
  });

  it('behavior: a request that ran out of time leaves the endpoint silent until it answers another', () => {
    const silence = new Silence();
    silence.timedOut(silence.asked(1_000));
    expect(silence.lastedMs(5_000)).toBe(4_000);
    silence.answered(silence.asked(6_000), 6_010);
    expect(silence.lastedMs(9_000)).toBe(0);
  });

  it('behavior: ignores a request that its caller cancelled', () => {
    const silence = new Silence();
    silence.dropped(silence.asked(1_000));
    expect(silence.lastedMs(9_000)).toBe(0);
  });
});
