import type { ReadResult } from '@service-bots/core/rpc';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import {
  aYear,
  base,
  basePerBond,
  basePerLpShare,
  basePerShare,
  bonds,
  count,
  eth,
  lpShares,
  moment,
  type Quantity,
  ratio,
  seconds,
  shares,
  show,
} from '../readings/quantity.ts';
import type { Snapshot } from '../readings/readSnapshots.ts';

/** A name and its text. */
export type Row = readonly [name: string, text: string];

/** The constants of a pool that the checks use. */
export function configRows({
  config,
  positionDuration,
  checkpointDuration,
  settings,
  decimals,
}: InvariantPool) {
  return rowsOf(
    [
      count('decimals', decimals),
      basePerShare('initial vault share price µ', config.initialVaultSharePrice),
      shares('minimum share reserves zMin', config.minimumShareReserves),
      bonds('minimum transaction', config.minimumTransactionAmount),
      aYear('circuit breaker', config.circuitBreakerDelta),
      seconds('position duration', BigInt(positionDuration)),
      seconds('checkpoint duration', BigInt(checkpointDuration)),
      ratio('time stretch ts', config.timeStretch),
      ratio('flat fee', config.fees.flat),
      shares('tolerance of total-shares', settings.totalSharesTolerance),
      basePerShare('noise of negative-interest', settings.sharePriceNoise),
      seconds('look-back of negative-interest', BigInt(settings.lookBackSeconds)),
    ],
    decimals,
  );
}

/** Returns all values of a pool at a block, and the reason for each value that could not be read. */
export function readingRows(at: Snapshot, decimals: number): Row[] {
  const row = <T>(name: string, reading: ReadResult<T> | undefined, of: (value: T) => Quantity[]): Row[] => {
    if (reading === undefined) return [[name, 'does not apply to this pool']];
    return reading.ok
      ? rowsOf(of(reading.value), decimals)
      : [[name, `COULD NOT BE READ: ${reading.reason}`]];
  };
  const one = (name: string, unit: (name: string, value: bigint) => Quantity, reading?: ReadResult<bigint>) =>
    row(name, reading, value => [unit(name, value)]);
  return [
    ...row('market state', at.market, market => [
      shares('share reserves z', market.shareReserves),
      shares('share adjustment ζ', market.shareAdjustment),
      bonds('bond reserves y', market.bondReserves),
      base('long exposure', market.longExposure),
      bonds('longs outstanding', market.longsOutstanding),
      bonds('shorts outstanding s', market.shortsOutstanding),
      shares('zombie share reserves', market.zombieShareReserves),
      count('initialised', Number(market.isInitialized)),
      count('paused', Number(market.isPaused)),
    ]),
    ...one('vault share price c', basePerShare, at.vaultSharePrice),
    ...one('LP share price', basePerLpShare, at.lpSharePrice),
    ...one('LP total supply', lpShares, at.lpTotalSupply),
    ...one('withdrawal shares’ proceeds', shares, at.withdrawalSharesProceeds),
    ...one('uncollected governance fees', shares, at.governanceFees),
    ...one('actual shares', shares, at.actualShares),
    ...one("the pool's base", base, at.baseBalance),
    ...one("the pool's ETH", eth, at.ethBalance),
    ...one('weighted spot price', basePerBond, at.weightedSpotPrice),
    ...row('latest checkpoint', at.latestCheckpoint, ({ time, minted, matured }) => [
      moment(`latest checkpoint, ${minted ? '' : 'not '}minted`, time),
      bonds('matured in it', matured),
    ]),
    ...row('past checkpoints', at.pastCheckpoints, past => [
      count('past checkpoints', past.length),
      count('… not minted', past.filter(({ minted }) => !minted).length),
      count(
        '… not minted, with matured positions',
        past.filter(({ minted, matured }) => !minted && matured > 0n).length,
      ),
    ]),
  ];
}

/** Returns numbers as text, with their derivation. */
export function rowsOf(numbers: readonly Quantity[], decimals: number): Row[] {
  return numbers.map(number => [
    number.name,
    `${show(number, decimals)}${number.how === undefined ? '' : `   = ${number.how}`}`,
  ]);
}
