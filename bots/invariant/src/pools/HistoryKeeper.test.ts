import { describe, expect, it } from '@jest/globals';
import { memoryStore } from '@service-bots/core/store';
import { noon, poolOf } from '../../test/view.ts';
import { emptyLedger, withChanges } from '../readings/shortsLedger.ts';
import { emptyFile, type HistoryFile, HistoryKeeper, historyFile } from './HistoryKeeper.ts';
import { WatchedPool } from './WatchedPool.ts';

const { address } = poolOf();
const earlier = {
  version: 2,
  trail: [[7, '0x7']],
  pools: { [address]: { moments: [[7, noon, '11', '9']] } },
};
const moment = { block: 7, time: noon, vaultSharePrice: 11n, weightedSpotPrice: 9n };

async function restored(file: HistoryFile): Promise<WatchedPool> {
  const watched = new WatchedPool(poolOf());
  await new HistoryKeeper(memoryStore(file)).restore([watched]);
  return watched;
}

describe('the history on disk', () => {
  it('of the version before, without the shares behind shorts, is still read', async () => {
    const pools = { [address]: { ...earlier.pools[address], closedAtLoss: { from: 1, through: 2 } } };
    const watched = await restored(historyFile.parse({ ...earlier, pools }));
    expect(watched.history.moments).toEqual([moment]);
    expect([watched.ledgerBases, watched.shortsLedger]).toEqual([[], undefined]);
  });

  it('keeps the shares behind shorts, to the wei', async () => {
    const store = memoryStore(emptyFile());
    const watched = await restored(historyFile.parse(earlier));
    const base = { block: 2, shares: -(10n ** 30n) - 1n, isExact: false };
    const changes = [
      { block: 5, shares: -(10n ** 30n) - 1n },
      { block: 990, shares: 3n },
    ];
    watched.ledgerBases = [base, { ...base, block: 70, isExact: true }];
    watched.shortsLedger = withChanges(emptyLedger(base), 1_000, changes);
    await new HistoryKeeper(store).save([watched], { trail: [], chainTime: noon, nowMs: 0 });
    const written = historyFile.parse(JSON.parse(JSON.stringify(await store.read())));
    const again = await restored(written);
    expect(again.shortsLedger).toEqual(watched.shortsLedger);
    expect(again.ledgerBases).toEqual(watched.ledgerBases);
  });

  it('remembers which pools were watched', async () => {
    const keeper = new HistoryKeeper(memoryStore(historyFile.parse(earlier)));
    expect(await keeper.remembers(address)).toBe(true);
    expect(await keeper.remembers('0x00000000000000000000000000000000000000a9')).toBe(false);
  });
});
