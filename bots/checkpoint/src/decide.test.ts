import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { byCost, decide, type PoolView } from './decide.ts';

const day = 86_400;
const latest = 1_000 * day;
const missed = (time: number, shorts = 10n, longs = 0n) => ({
  time,
  maturedShorts: shorts,
  maturedLongs: longs,
});
const view = (changes: Partial<PoolView>): PoolView => ({
  chainTime: latest + day / 2,
  checkpointDuration: day,
  decimals: 18,
  waitingPeriod: 0.5,
  missed: [],
  newestMinted: latest - day,
  ...changes,
});
const times = (changes: Partial<PoolView>) => decide(view(changes)).mints.map(({ time }) => time);

describe('the latest checkpoint', () => {
  it('is left to others during the waiting period', () => {
    const decision = decide(view({ chainTime: latest + day / 2 - 1, missed: [missed(latest)] }));
    expect(decision.mints).toEqual([]);
    expect(decision.next).toEqual({ checkpoint: latest, chainTime: latest + day / 2 });
  });

  it('is minted in the very second the waiting period ends', () => {
    expect(times({ chainTime: latest + day / 2, missed: [missed(latest)] })).toEqual([latest]);
  });

  it('is minted at once when the operator wants no waiting', () => {
    expect(times({ chainTime: latest, waitingPeriod: 0, missed: [missed(latest)] })).toEqual([latest]);
  });

  it('is not due when somebody has minted it or nothing matured: the next one is', () => {
    const decision = decide(view({ chainTime: latest + 5 }));
    expect(decision.mints).toEqual([]);
    expect(decision.next).toEqual({ checkpoint: latest + day, chainTime: latest + 1.5 * day });
  });
});

describe('older checkpoints', () => {
  it('are minted at once: the waiting period is only for the latest', () => {
    expect(times({ chainTime: latest + 1, missed: [missed(latest - 3 * day)] })).toEqual([latest - 3 * day]);
  });

  it('the newest of a run without a price goes first: it fixes the price of the whole run', () => {
    const run = [missed(latest - 3 * day), missed(latest - 2 * day), missed(latest - day)];
    expect(times({ chainTime: latest + 1, missed: run, newestMinted: latest - 4 * day })[0]).toBe(
      latest - day,
    );
  });

  it('those whose price is fixed already come last', () => {
    const pinned = missed(latest - 5 * day, 1_000n);
    const drifting = missed(latest - day, 1n);
    expect(
      times({ chainTime: latest + 1, missed: [pinned, drifting], newestMinted: latest - 3 * day }),
    ).toEqual([drifting.time, pinned.time]);
  });

  it('go by the stake, the older first among equals', () => {
    const checkpoints = [
      missed(latest - 5 * day, 1n),
      missed(latest - 6 * day, 1n),
      missed(latest - 7 * day, 3n),
    ];
    expect(times({ chainTime: latest + 1, missed: checkpoints, newestMinted: latest - day })).toEqual([
      latest - 7 * day,
      latest - 6 * day,
      latest - 5 * day,
    ]);
  });
});

it('compares pools by what is at stake, whatever their decimals', () => {
  const [usdc] = decide(view({ decimals: 6, missed: [missed(latest, 2_000_000n)] })).mints;
  const [dai] = decide(view({ decimals: 18, missed: [missed(latest, 10n ** 18n)] })).mints;
  expect([dai, usdc].sort((a, b) => byCost(a as never, b as never))).toEqual([usdc, dai]);
});

it('holds for every pool: nothing early, nothing forgotten, nothing twice, and the next look is ahead', () => {
  const checkpoint = fc.record({
    back: fc.integer({ min: 0, max: 30 }),
    maturedLongs: fc.bigInt({ min: 0n, max: 10n ** 30n }),
    maturedShorts: fc.bigInt({ min: 1n, max: 10n ** 30n }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(checkpoint, { selector: ({ back }) => back }),
      fc.integer({ min: 0, max: day - 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: -1, max: 30 }),
      fc.constantFrom(6, 8, 18),
      (items, into, waitingPeriod, mintedBack, decimals) => {
        const checkpoints = items.map(({ back, ...supply }) => ({ time: latest - back * day, ...supply }));
        const chainTime = latest + into;
        const newestMinted = mintedBack < 0 ? 0 : latest - mintedBack * day;
        const { mints, next } = decide(
          view({ chainTime, waitingPeriod, newestMinted, decimals, missed: checkpoints }),
        );
        const isOver = into >= Math.ceil(waitingPeriod * day);
        const expected = checkpoints.map(({ time }) => time).filter(time => time < latest || isOver);
        expect(mints.map(({ time }) => time).sort()).toEqual(expected.sort());
        expect(next.chainTime).toBeGreaterThan(chainTime);
      },
    ),
  );
});
