import { describe, expect, it } from '@jest/globals';
import { fakeClock } from '../../../test/support/fakeClock.ts';
import { stuckMsOf, tooImpatient } from '../setup/parse.ts';
import { Progress, Stuck } from './Progress.ts';

const minute = 60_000;

function watched() {
  const clock = fakeClock();
  const progress = new Progress(10 * minute, clock);
  const stop = new AbortController();
  let ended: unknown;
  const watching = progress.watch(stop.signal).then(
    () => {
      ended = 'stopped';
    },
    error => {
      ended = error;
    },
  );
  return { clock, progress, stop, watching, ended: () => ended };
}

describe('a step that never ends', () => {
  it('default: is noticed once it has taken as long as the bound', async () => {
    const { clock, progress, ended } = watched();
    progress.begin('a round');
    await clock.advance(9.9 * minute);
    expect(ended()).toBeUndefined();
    await clock.advance(0.2 * minute);
    expect(ended()).toEqual(new Stuck('a round has not ended for 600 s (ROUND_STUCK_SECONDS)'));
  });

  it('behavior: steps that end one after the other are progress, however many there are', async () => {
    const { clock, progress, ended } = watched();
    for (let i = 0; i < 20; i += 1) {
      progress.begin('a round');
      await clock.advance(5 * minute);
      progress.again();
      await clock.advance(5 * minute);
    }
    expect(ended()).toBeUndefined();
  });

  it('behavior: a pause on purpose has its own time beside the bound', async () => {
    const { clock, progress, ended } = watched();
    progress.begin('the pause between two rounds', 60 * minute);
    await clock.advance(69 * minute);
    expect(ended()).toBeUndefined();
    await clock.advance(2 * minute);
    expect(ended()).toBeInstanceOf(Stuck);
  });

  it('behavior: a machine that was suspended for a day has lost one tick', async () => {
    const { clock, ended } = watched();
    const { sleep } = clock;
    let isFirst = true;
    // The machine is suspended during a sleep, which ends a day late.
    clock.sleep = (ms, signal) => {
      const day = isFirst ? 24 * 60 * minute : 0;
      isFirst = false;
      return sleep(ms + day, signal);
    };
    await clock.advance(24 * 60 * minute + 9 * minute);
    expect(ended()).toBeUndefined();
    await clock.advance(2 * minute);
    expect(ended()).toBeInstanceOf(Stuck);
  });

  it('behavior: a stop ends the watch', async () => {
    const { clock, stop, watching, ended } = watched();
    await clock.advance(9.9 * minute);
    stop.abort();
    await watching;
    await clock.advance(minute);
    expect(ended()).toBe('stopped');
  });
});

describe('the bound', () => {
  it.each([
    { round: 120, seconds: 600, why: 'ten deadlines would be more than ten minutes' },
    { round: 30, seconds: 300, why: 'ten deadlines' },
    { round: 1, seconds: 10, why: 'ten deadlines' },
    { round: 600, seconds: 1_200, why: 'a round that is twice as long as it may be' },
    { round: 120, given: 3_600, seconds: 3_600, why: 'what the operator says' },
  ])('is $seconds s where a round has $round s: $why', ({ round, given, seconds }) => {
    expect(stuckMsOf({ ROUND_TIMEOUT_SECONDS: round, ROUND_STUCK_SECONDS: given })).toBe(seconds * 1000);
  });

  it('is refused where a round in good order would exceed it', () => {
    const nameOf = (name: string) => name;
    const given = { ROUND_TIMEOUT_SECONDS: 120, ROUND_STUCK_SECONDS: 239 };
    expect(tooImpatient(given, nameOf)?.problems).toMatchObject([
      { variable: 'ROUND_STUCK_SECONDS', example: 'ROUND_STUCK_SECONDS=240' },
    ]);
    expect(tooImpatient({ ...given, ROUND_STUCK_SECONDS: 240 }, nameOf)).toBeUndefined();
    expect(tooImpatient({ ROUND_TIMEOUT_SECONDS: 120 }, nameOf)).toBeUndefined();
  });
});
