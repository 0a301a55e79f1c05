import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idleShares, lpSharePrice, presentValue } from '@service-bots/core/hyperdrive';
import {
  type Anvil,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  deployMathLibraries,
  type IdleShares,
  idleSharesOf,
  interfaces,
  startAnvil,
} from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import { priceSpike } from '../src/checks/priceSpike.ts';
import type { InvariantPool } from '../src/pool.ts';
import type { MarketState } from '../src/snapshot.ts';
import { Crowd } from '../walk/crowd.ts';
import { randomFrom } from '../walk/random.ts';
import { walkPools } from '../walk/walk.ts';
import { poolOf, read, snapshotOf, viewOf } from './view.ts';

/** States of each pool that are compared. */
const states = 75;

let anvil: Anvil;
let devnet: Devnet;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployHyperdrive(anvil, { pools: walkPools, paused: [] });
});
afterAll(async () => {
  await devnet.close();
  await anvil.stop();
});

/** `getPoolInfo` at a block, by the contract's own computation, as if it were another time. */
async function infoAt(pool: DevnetPool, block: number, time?: number) {
  const data = interfaces.hyperdrive.encodeFunctionData('getPoolInfo');
  const overrides = time === undefined ? [] : [{}, { time: toQuantity(time) }];
  const params = [{ to: pool.address, data }, toQuantity(block), ...overrides];
  const result = (await anvil.send('eth_call', params)) as string;
  return interfaces.hyperdrive.decodeFunctionResult('getPoolInfo', result)[0] as Record<
    'vaultSharePrice' | 'lpSharePrice' | 'lpTotalSupply',
    bigint
  >;
}

/** The pool as the checks see it, with the configuration that is on the chain. */
async function ours(pool: DevnetPool): Promise<InvariantPool> {
  const raw = await pool.contract.getFunction('getPoolConfig').staticCall();
  const { positionDuration, checkpointDuration, decimals } = pool;
  return poolOf({ config: raw.toObject(true), positionDuration, checkpointDuration, decimals });
}

describe('over hundreds of states that people have brought about', () => {
  it('LP share price, idle shares and spot rate are the contracts’, to the wei; and so is what is expected later', async () => {
    const crowd = new Crowd(anvil, devnet.pools, randomFrom(7));
    const { hyperdrive: math } = await deployMathLibraries(anvil);
    const watched: { pool: DevnetPool; own: InvariantPool; idle: IdleShares }[] = [];
    for (const pool of devnet.pools) {
      const idle = await idleSharesOf(anvil, pool);
      watched.push({ pool, own: await ours(pool), idle });
    }
    let compared = 0;
    for (let state = 0; state < states; state += 1) {
      await crowd.step();
      const { number, timestamp } = await anvil.time.latest();
      for (const { pool, own, idle } of watched) {
        const config = { ...own.config, ...own };
        const market: MarketState = (
          await pool.contract.getFunction('getMarketState').staticCall({ blockTag: number })
        ).toObject();
        const info = await infoAt(pool, number);
        const value = presentValue(config, market, info.vaultSharePrice, timestamp) as bigint;
        const about = { state, pool: pool.name };
        expect({ ...about, price: lpSharePrice(value, info.vaultSharePrice, info.lpTotalSupply) }).toEqual({
          ...about,
          price: info.lpSharePrice,
        });
        const idleNow = idleShares(config, market.shareReserves, market.longExposure, info.vaultSharePrice);
        expect({ ...about, idle: idleNow }).toEqual({ ...about, idle: await idle(info.vaultSharePrice) });

        // What these reserves are worth at another time, which is what the check of the LP share price compares with.
        const later = timestamp + ([1, 12, 3_600, 100_000][state % 4] as number);
        const then = await infoAt(pool, number, later);
        const worth = presentValue(config, market, then.vaultSharePrice, later) as bigint;
        expect({ ...about, later: lpSharePrice(worth, then.vaultSharePrice, then.lpTotalSupply) }).toEqual({
          ...about,
          later: then.lpSharePrice,
        });

        const apr = await math
          .getFunction('calculateSpotAPR')
          .staticCall(
            market.shareReserves - market.shareAdjustment,
            market.bondReserves,
            own.config.initialVaultSharePrice,
            own.positionDuration,
            own.config.timeStretch,
          );
        const moments = [{ block: 1, time: 1, vaultSharePrice: 1n, weightedSpotPrice: 10n ** 18n }];
        const view = viewOf({
          pool: own,
          now: { ...snapshotOf(), market: read(market) },
          history: { moments },
        });
        // Measured from a price of 1, the distance is the rate itself.
        expect(priceSpike.run(view)).toMatchObject({
          numbers: expect.arrayContaining([expect.objectContaining({ name: 'distance', value: apr })]),
        });
        compared += 1;
      }
    }
    expect(compared).toBe(states * walkPools.length);
  });
});
