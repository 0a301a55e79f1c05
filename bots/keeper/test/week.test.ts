import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, type DevnetPrizePool, roles } from '@service-bots/devnet';
import { dueBefore, eventsOf, minute, nextAnchor, openScene, type Scene, until, week } from './scene.ts';

const anchor = nextAnchor(week + minute);
const later = nextAnchor(1.5 * week + minute);

describe('weeks of two vaults with different anchors', () => {
  let scene: Scene;
  let keeper: BotProcess;

  beforeAll(async () => {
    scene = await openScene([dueBefore(anchor.at), dueBefore(later.at)]);
    const [a, b] = scene.prizePools.pools;
    keeper = await scene.startKeeper({
      POOL_SCHEDULE_V2: `${a?.address}:${anchor.text},${b?.address}:${later.text}`,
    });
    await keeper.waitForLine(({ message }) => message === 'watching');
  });
  afterAll(() => scene.close());

  it('default: every round is committed at its anchor and settled in its first block', async () => {
    const [a, b] = scene.prizePools.pools as [DevnetPrizePool, DevnetPrizePool];
    const vaults = [
      { pool: a, at: anchor.at },
      { pool: b, at: later.at },
    ];
    const steps = [1, 2, 3].flatMap(round =>
      vaults.flatMap(({ pool, at }) => {
        const anchorAt = at + (round - 1) * week;
        const sale = async () => {
          // Nobody buys a ticket of the second round.
          if (round !== 2) await pool.buyTickets(roles.trader.address, 3);
        };
        const draw = async () => {
          const { state } = await until(`round ${round} is over`, async () => {
            const info = await pool.roundInfo(round);
            return info.state !== 'Open' && info.state !== 'Committed' && info;
          });
          expect(state).toBe(round === 2 ? 'Skipped' : 'Settled');
        };
        return [
          { time: anchorAt - week + minute, act: sale },
          { time: anchorAt - 3, act: draw },
        ];
      }),
    );
    for (const { time, act } of steps.sort((x, y) => x.time - y.time)) {
      await scene.moveTo(time);
      await act();
    }
    for (const { pool, at } of vaults) {
      const started = await eventsOf(scene.anvil, pool, 'RoundStarted');
      const opened = started.filter(({ round }) => round > 1);
      expect(opened.map(({ timestamp }) => timestamp)).toEqual([at, at + week, at + 2 * week]);
      const committed = await eventsOf(scene.anvil, pool, 'RoundCommitted');
      const settled = await eventsOf(scene.anvil, pool, 'RoundSettled');
      expect(settled.map(({ round }) => round)).toEqual([1, 3]);
      for (const [i, { block }] of settled.entries())
        expect(block - Number(committed[i]?.args.targetBlockNumber)).toBeLessThan(20);
    }
    expect(keeper.lines.filter(({ level }) => level === 'error' || level === 'critical')).toEqual([]);
  }, 110_000);
});
