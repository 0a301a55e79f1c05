import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { type HyperdrivePool, readPools, timeRemaining } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, LogReader, readHead } from '@service-bots/core/rpc';
import {
  type Anvil,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  deployMathLibraries,
  type IdleShares,
  idleSharesOf,
  interfaces,
  type MathLibraries,
  startAnvil,
} from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import type { Check, View } from '../src/checks/index.ts';
import { lpSharePrice } from '../src/checks/lpSharePrice.ts';
import { presentValue } from '../src/checks/presentValue.ts';
import { priceSpike } from '../src/checks/priceSpike.ts';
import { solvency } from '../src/checks/solvency.ts';
import { totalShares } from '../src/checks/totalShares.ts';
import { prepared } from '../src/pools/discover.ts';
import type { InvariantPool } from '../src/pools/InvariantPool.ts';
import { noOverrides } from '../src/pools/overrides.ts';
import { sharesBehindShorts } from '../src/readings/behindShorts.ts';
import { known, type MarketState, type Snapshot } from '../src/readings/index.ts';
import { readOpenShorts } from '../src/readings/openShorts.ts';
import { readShortsLedger } from '../src/readings/readShortsLedger.ts';
import { readSnapshots } from '../src/readings/readSnapshots.ts';
import { changeOf, emptyLedger, type ShortsLedger } from '../src/readings/shortsLedger.ts';
import { Crowd } from '../walk/crowd.ts';
import { randomFrom } from '../walk/random.ts';
import { walkPools } from '../walk/walk.ts';
import { read, resultOf, snapshotOf, viewOf } from './view.ts';

/** The number of compared states of each pool. */
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

/** A pool, and the calls to its contracts. */
interface Watched {
  pool: DevnetPool;
  own: InvariantPool;
  idle: IdleShares;
  /** The shares behind shorts by the events since the beginning. */
  ledger: ShortsLedger | undefined;
}

/** The contract's answers at a block. */
interface Told {
  block: { number: number; timestamp: number };
  market: MarketState;
  info: PoolInfo;
}
type PoolInfo = Record<'vaultSharePrice' | 'lpSharePrice' | 'lpTotalSupply', bigint>;

/** Returns `getPoolInfo` at a block, by the contract's own computation, as if it were another time. */
async function infoAt(pool: DevnetPool, block: number, time?: number): Promise<PoolInfo> {
  const data = interfaces.hyperdrive.encodeFunctionData('getPoolInfo');
  const overrides = time === undefined ? [] : [{}, { time: toQuantity(time) }];
  const params = [{ to: pool.address, data }, toQuantity(block), ...overrides];
  const result = (await anvil.send('eth_call', params)) as string;
  return interfaces.hyperdrive.decodeFunctionResult('getPoolInfo', result)[0] as PoolInfo;
}

/** Returns the number of this name that a check computed. */
function numberOf(check: Check, view: View, name: string): bigint {
  const result = resultOf(check, view);
  const found = 'numbers' in result ? result.numbers?.find(number => number.name === name) : undefined;
  if (!found)
    throw new Error(`${check.name} has no ${name}: ${JSON.stringify(result, (_, each) => String(each))}`);
  return found.value;
}

describe('over hundreds of states that people have brought about', () => {
  it('every number of the checks is the contracts’ own, to the wei', async () => {
    const crowd = new Crowd(anvil, devnet.pools, randomFrom(7), { mishaps: 8 });
    const math = await deployMathLibraries(anvil);
    const provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(anvil.rpcUrl) }]);
    const reader = await createBatchReader(provider);
    const logs = new LogReader(provider);
    const start = await readHead(provider);
    const found = await readPools(
      reader,
      start,
      devnet.pools.map(({ address }) => address),
    );
    const watched: Watched[] = await Promise.all(
      devnet.pools.map(async (pool, i) => ({
        pool,
        own: await prepared(
          { reader },
          {
            block: start,
            pool: found.pools[i] as HyperdrivePool,
            overrides: noOverrides,
            beginning: start.timestamp,
          },
        ),
        idle: await idleSharesOf(anvil, pool),
        ledger: undefined,
      })),
    );
    let compared = 0;
    for (let state = 0; state < states; state += 1) {
      await crowd.step();
      const block = await readHead(provider);
      const snapshots = await readSnapshots(
        { provider, reader },
        block,
        watched.map(({ own: pool }) => ({ pool, checkpoints: [] })),
      );
      for (const [i, { pool, own, idle }] of watched.entries()) {
        const about = { state, pool: pool.name };
        const equal = (what: string, ours: unknown, theirs: unknown) =>
          expect({ ...about, [what]: ours }).toEqual({ ...about, [what]: theirs });
        const now = snapshots[i] as Snapshot;
        const market = known(now, 'market');
        const info = await infoAt(pool, block.number);
        const told: Told = { block, market, info };
        const view = viewOf({ pool: own, now });
        equal('c', now.vaultSharePrice, { ok: true, value: info.vaultSharePrice });
        equal('supply', now.lpTotalSupply, { ok: true, value: info.lpTotalSupply });

        const idleShares = await idle(info.vaultSharePrice);
        equal('idle shares', numberOf(presentValue, view, 'idle shares'), idleShares);
        const worth = await presentValueBy(math, own, told);
        equal('present value', numberOf(presentValue, view, 'present value'), worth);
        equal(
          'value beyond idle',
          numberOf(presentValue, view, 'present value beyond idle'),
          worth - idleShares,
        );
        // The contract's idle amount is the remainder of solvency, with the debts rounded the other way.
        const left = numberOf(solvency, view, 'solvency');
        if (idleShares > 0n) expect([0n, 1n]).toContain(left - idleShares);
        else expect(left).toBeLessThanOrEqual(1n);

        await comparePrices(math, own, told, equal);
        await compareLpSharePrice(pool, own, now, [1, 12, 3_600, 100_000][state % 4] as number, equal);
        await compareShares({ provider, reader, logs }, watched[i] as Watched, now, equal);
        compared += 1;
      }
    }
    expect(compared).toBe(states * walkPools.length);
    for (const what of ['the vault loses', 'checkpoints are missed', 'open short', 'close'])
      expect([what, crowd.done.get(what) ?? 0]).not.toEqual([what, 0]);
    provider.destroy();
  }, 240_000);
});

type Equal = (what: string, ours: unknown, theirs: unknown) => void;

/** Returns LPMath.calculatePresentValue of the contract's own numbers. */
async function presentValueBy(
  { lp }: MathLibraries,
  { config, ...pool }: InvariantPool,
  { block, market, info }: Told,
): Promise<bigint> {
  const left = (maturity: bigint) => timeRemaining(pool, maturity, block.timestamp);
  return lp.getFunction('calculatePresentValue').staticCall({
    ...config,
    ...market,
    vaultSharePrice: info.vaultSharePrice,
    longAverageTimeRemaining: left(market.longAverageMaturityTime),
    shortAverageTimeRemaining: left(market.shortAverageMaturityTime),
  });
}

/** Compares the spot price and both rates of price-spike with HyperdriveMath. */
async function comparePrices(
  { hyperdrive, fixedPoint }: MathLibraries,
  own: InvariantPool,
  { block, market }: Told,
  equal: Equal,
): Promise<void> {
  const { initialVaultSharePrice, timeStretch } = own.config;
  const effective = market.shareReserves - market.shareAdjustment;
  const curve = [effective, market.bondReserves, initialVaultSharePrice] as const;
  const spot = await hyperdrive.getFunction('calculateSpotPrice').staticCall(...curve, timeStretch);
  const apr = await hyperdrive
    .getFunction('calculateSpotAPR')
    .staticCall(...curve, own.positionDuration, timeStretch);
  // The rate of any price: (1 − p) / ⌈p·t⌉, down, by FixedPointMath.
  const weighted = spot - spot / 7n;
  const years = await fixedPoint
    .getFunction('mulDivUp')
    .staticCall(weighted, own.positionDuration, 365n * 86_400n);
  const weightedApr = await fixedPoint.getFunction('divDown').staticCall(10n ** 18n - weighted, years);
  const moments = [{ block: block.number - 1, time: 1, vaultSharePrice: 1n, weightedSpotPrice: weighted }];
  const now = {
    ...snapshotOf(),
    block: { ...snapshotOf().block, number: block.number },
    market: read(market),
  };
  const view = viewOf({ pool: own, now, history: { moments } });
  equal('spot price', numberOf(priceSpike, view, 'spot price'), spot);
  equal('spot APR', numberOf(priceSpike, view, 'spot APR'), apr);
  equal('weighted APR', numberOf(priceSpike, view, 'weighted APR'), weightedApr);
}

/**
 * Compares the later LP share price that the check expects of these reserves with the contract's, as if it
 * were later.
 */
async function compareLpSharePrice(
  pool: DevnetPool,
  own: InvariantPool,
  before: Snapshot,
  seconds: number,
  equal: Equal,
): Promise<void> {
  const { number, timestamp } = before.block;
  const then = await infoAt(pool, number, timestamp + seconds);
  const now: Snapshot = {
    ...before,
    block: { ...before.block, number: number + 1, timestamp: timestamp + seconds },
    vaultSharePrice: read(then.vaultSharePrice),
    lpSharePrice: read(then.lpSharePrice),
  };
  const view = viewOf({ pool: own, before, now });
  equal(
    'expected LP share price',
    numberOf(lpSharePrice, view, 'expected LP share price'),
    then.lpSharePrice,
  );
}

/**
 * The events since the beginning account for every share behind shorts, for any loss of the vault and any
 * late mint. No theft beyond the tolerance is taken for a loss.
 */
async function compareShares(
  ctx: Parameters<typeof readShortsLedger>[0],
  watched: Watched,
  now: Snapshot,
  equal: Equal,
): Promise<void> {
  const { pool, own, ledger: earlier } = watched;
  const blockTag = now.block.number;
  const actual = known(now, 'actualShares');
  equal('actual shares', actual, await pool.contract.getFunction('totalShares').staticCall({ blockTag }));
  equal(
    '… by the vault',
    actual,
    await pool.vault.getFunction('balanceOf').staticCall(pool.address, { blockTag }),
  );
  const { shortsOutstanding } = known(now, 'market');
  const openShorts = (await readOpenShorts(ctx.reader, own, now)) ?? [];
  const bonds = openShorts.reduce((sum, shorts) => sum + shorts.bonds, 0n);
  equal('shorts by their positions', bonds, shortsOutstanding);

  const behind = sharesBehindShorts(now) as bigint;
  const base = { block: now.block.number, shares: behind, isExact: true };
  const ledger = earlier
    ? ((await readShortsLedger(ctx, { pool: own, now, ledger: earlier, base: undefined })) as ShortsLedger)
    : emptyLedger(base);
  watched.ledger = ledger;
  const counted = ledger.base.shares + changeOf(ledger);
  // Each trade is rounded, and c has 18 digits: amounts converted by it differ by at most this much.
  const roundings = BigInt(now.block.number - ledger.base.block) * (30n + actual / 10n ** 18n);
  expect(behind).toBeGreaterThanOrEqual(counted - roundings);
  expect(behind).toBeLessThanOrEqual(counted + roundings);

  const severityWith = (shares: bigint) => {
    const diagnostics = { events: [], openShorts, shortsLedger: ledger };
    const view = viewOf({ pool: own, now: { ...now, actualShares: read(shares) }, diagnostics });
    const result = resultOf(totalShares, view);
    return result.outcome === 'fails' ? (result.severity ?? 'critical') : result.outcome;
  };
  equal('critical as it is', severityWith(actual) === 'critical', false);
  const theft = behind - counted + own.settings.totalSharesTolerance + 1n;
  expect(['holds', 'critical']).toContain(severityWith(actual - theft));
}
