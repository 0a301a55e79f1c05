import { describe, expect, it } from '@jest/globals';
import { daySeconds } from '@service-bots/devnet';
import { criticalOf, dai, yearAndWeek } from './yearAndWeek.ts';

// Honest use while checkpoints are not minted, and theft that hides behind it, on the real contracts, block by block.

const scene = yearAndWeek();

describe('while an older checkpoint with matured positions is not minted', () => {
  const days = [1, 3, 20, 60];
  describe.each(['long', 'short'] as const)('of a %s', side => {
    it.each(days)('honest trades %i days later raise nothing', async late => {
      const { maturity } = await (side === 'long'
        ? scene.year.openLong(dai('50000'))
        : scene.year.openShort(dai('50000')));
      await scene.anvil.time.moveTo(maturity - 3_600);
      await scene.expectQuiet();
      await scene.anvil.time.moveTo(maturity + late * daySeconds + 100);
      await scene.year.openLong(dai('1000'));
      await scene.year.openShort(dai('1000'));
      const long = await scene.year.openLong(dai('100000'));
      await scene.year.closeLong(long.maturity, long.bonds);
      const short = await scene.year.openShort(dai('100000'));
      await scene.year.closeShort(short.maturity, short.bonds / 2n);
      await scene.year.addLiquidity(dai('100000'));
      await scene.year.removeLiquidity((await scene.year.balanceOf('lp')) / 2n);
      await scene.year.openLong(dai('1000'));
      await scene.year.checkpoint(maturity);
      await scene.year.closeShort(short.maturity, short.bonds / 2n);
      await scene.expectQuiet('checkpoint-exists');
    });
  });
});

describe('while more checkpoints are not minted than are read with a block', () => {
  it('honest trades raise nothing, and a theft pages', async () => {
    for (let day = 0; day < 70; day += 1) {
      await scene.year.openLong(dai('100'));
      if (day % 2 === 0) await scene.year.openShort(dai('100'));
      await scene.anvil.time.increase(daySeconds);
    }
    await scene.watch.findings();
    await scene.anvil.time.increase(366 * daySeconds);
    await scene.expectQuiet('checkpoint-exists');
    for (const amount of ['1000', '20000', '100000']) {
      const long = await scene.year.openLong(dai(amount));
      const short = await scene.year.openShort(dai(amount));
      await scene.year.closeLong(long.maturity, long.bonds);
      await scene.year.closeShort(short.maturity, short.bonds / 2n);
      await scene.anvil.time.increase(daySeconds / 2);
    }
    await scene.expectQuiet('checkpoint-exists');
    await scene.drain(scene.year, dai('2000'));
    expect(criticalOf(await scene.watch.findings())).toContain('lp-share-price');
  });
});

describe('a theft while an older checkpoint is not minted', () => {
  it.each(['long', 'short'] as const)('of a %s pages all the same', async side => {
    const { maturity } = await (side === 'long'
      ? scene.year.openLong(dai('50000'))
      : scene.year.openShort(dai('50000')));
    await scene.anvil.time.moveTo(maturity + 20 * daySeconds + 100);
    await scene.expectQuiet('checkpoint-exists');
    // A five-hundredth: the move of the contract's clamp hides it from a comparison of the contract's own
    // prices.
    await scene.drain(scene.year, dai('2000'));
    expect(criticalOf(await scene.watch.findings())).toContain('lp-share-price');
  });
});

describe('a jump of a year of the chain’s time', () => {
  it('leaves checkpoint-exists decided at once', async () => {
    await scene.watch.findings();
    await scene.anvil.time.increase(365 * daySeconds);
    await scene.watch.findings();
    const outcomes = scene.watch.last.map(
      ({ verdicts }) => verdicts.find(({ check }) => check.name === 'checkpoint-exists')?.result.outcome,
    );
    expect(outcomes).toEqual(['holds', 'holds']);
  });
});
