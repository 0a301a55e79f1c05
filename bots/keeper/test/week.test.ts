import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, type DevnetPrizePool, roles } from '@service-bots/devnet';
import {
  dueBefore,
  eventsOf,
  minute,
  nextAnchor,
  openScene,
  type Scene,
  transactionsOf,
  week,
} from './scene.ts';
import { over, troubles, watching } from './watch.ts';

const anchor = nextAnchor(week + minute);
const later = nextAnchor(1.5 * week + minute);

/** It takes none or one block on an idle machine; the bench measures that. */
const fewBlocks = 15;

describe('weeks of two vaults with different anchors', () => {
  let scene: Scene;
  let keeper: BotProcess;

  beforeAll(async () => {
    scene = await openScene([dueBefore(anchor.at), dueBefore(later.at)]);
    const [a, b] = scene.prizePools.pools;
    keeper = await scene.startKeeper({
      POOL_SCHEDULE_V2: `${a?.address}:${anchor.text},${b?.address}:${later.text}`,
    });
    await watching(keeper);
  });
  afterAll(() => scene.close());

  /** Returns the number of blocks before this one in which it could have been mined as well. */
  async function blocksBetween(time: number, block: number): Promise<number> {
    const timeOf = async (number: number) => (await scene.anvil.provider.getBlock(number))?.timestamp ?? 0;
    let first = block;
    while ((await timeOf(first - 1)) >= time) first -= 1;
    return block - first;
  }

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
          // The second round sells no ticket.
          if (round !== 2) await pool.buyTickets(roles.trader.address, 3);
        };
        const draw = async () => expect(await over(pool, round)).toBe(round === 2 ? 'Skipped' : 'Settled');
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
      expect(opened).toHaveLength(3);
      for (const [i, { block, timestamp }] of opened.entries()) {
        const anchorAt = at + i * week;
        expect(timestamp).toBeGreaterThanOrEqual(anchorAt);
        expect(await blocksBetween(anchorAt, block)).toBeLessThan(fewBlocks);
      }
      const committed = await eventsOf(scene.anvil, pool, 'RoundCommitted');
      const settled = await eventsOf(scene.anvil, pool, 'RoundSettled');
      expect(settled.map(({ round }) => round)).toEqual([1, 3]);
      for (const [i, { block }] of settled.entries()) {
        const first = Number(committed[i]?.args.targetBlockNumber) + 1;
        expect(block - first).toBeLessThan(fewBlocks);
      }
    }
    // Three commits and two draws of each, and nothing else.
    expect(await transactionsOf(scene.anvil, roles.bot.address)).toHaveLength(10);
    expect(troubles(keeper)).toEqual([]);
  });
});
