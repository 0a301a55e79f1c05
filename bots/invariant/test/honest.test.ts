import { describe, expect, it } from '@jest/globals';
import { daySeconds } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { editMarketState } from './storage.ts';
import { criticalOf, dai, shown, yearAndWeek } from './yearAndWeek.ts';

// Honest use that looks like theft, and theft that hides behind it, on the real contracts, block by block.

const scene = yearAndWeek();

describe('large honest trades on a fresh pool', () => {
  it.each(['year', 'week'])('of a %s raise nothing, opened and closed early', async name => {
    const pool = name === 'year' ? scene.year : scene.week;
    const short = await pool.openShort(dai('200000'));
    const long = await pool.openLong(dai('200000'));
    await pool.closeShort(short.maturity, short.bonds);
    await pool.closeLong(long.maturity, long.bonds / 2n);
    await scene.anvil.time.increase(pool.positionDuration / 3);
    await pool.closeLong(long.maturity, long.bonds - long.bonds / 2n);
    await scene.expectQuiet();
  });

  it('a rise that no fee makes is a warning all the same', async () => {
    await scene.year.openShort(dai('20000'));
    await scene.expectQuiet();
    await scene.year.openShort(dai('1000'));
    await scene.drain(scene.year, -dai('300'));
    expect(shown(await scene.alarms('total-shares'))).toEqual([
      expect.stringContaining('lp-share-price warning: the LP share price rose by more than fees'),
    ]);
  });
});

describe('positions that nobody redeems after their maturity', () => {
  // Their later earnings belong to the LPs and governance, and move the LP share price when they are
  // collected.
  it.each([
    ['a redemption', (maturity: number, bonds: bigint) => scene.week.closeLong(maturity, bonds / 2n)],
    ['the next mint', async () => scene.week.checkpoint(await scene.week.latestCheckpointTime())],
    ['a trade that mints', () => scene.week.openShort(dai('10'))],
  ])('raise nothing when %s collects their interest, and hide no theft', async (_, collect) => {
    const long = await scene.week.openLong(dai('100000'));
    const short = await scene.week.openShort(dai('100000'));
    await scene.anvil.time.moveTo(long.maturity + 100);
    await scene.week.checkpoint(long.maturity);
    await scene.expectQuiet();
    await scene.week.setVariableRate(parseUnits('20', 16));
    await scene.anvil.time.increase(30 * daySeconds);
    await collect(long.maturity, long.bonds);
    await scene.anvil.time.mine();
    await scene.expectQuiet();
    await scene.drain(scene.week, dai('200'));
    expect(criticalOf(await scene.watch.findings())).toContain('lp-share-price');
    await scene.week.closeShort(short.maturity, short.bonds);
    await scene.week.closeLong(long.maturity, await scene.week.balanceOf('long', undefined, long.maturity));
    await scene.expectQuiet();
  });
});

describe('a pool that is drained', () => {
  it.each([0n, 1n, 500_000n, 10n ** 9n])('to %s wei above zMin pages, and goes on', async more => {
    const { shareReserves, shareAdjustment } = await scene.week.contract
      .getFunction('getMarketState')
      .staticCall();
    const left = dai('10') + more;
    await editMarketState(scene.anvil, scene.week, {
      shareReserves: left,
      shareAdjustment: (shareAdjustment as bigint) - (shareReserves as bigint) + left,
    });
    await scene.anvil.time.mine();
    const found = await scene.watch.findings();
    expect(found.at(-1)).toMatchObject({ check: 'present-value', severity: 'critical' });
    expect(found.at(-1)?.message).toContain('LP shares are worth nothing');
    expect(criticalOf(found)).not.toContain('lp-share-price');
  });

  it('by a hundredth pages once, for the fall', async () => {
    await scene.drain(scene.week, dai('10000'));
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['lp-share-price']));
  });
});
