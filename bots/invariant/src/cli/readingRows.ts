import type { InvariantPool } from '../pools/InvariantPool.ts';
import { type Snapshot, readingRows as table } from '../readings/index.ts';
import {
  aYear,
  basePerShare,
  bonds,
  count,
  type Quantity,
  ratio,
  seconds,
  shares,
  show,
} from '../readings/quantity.ts';

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
      shares('shares that may be missing (totalSharesTolerance)', settings.totalSharesTolerance),
      basePerShare('ripple of the vault share price (sharePriceNoise)', settings.sharePriceNoise),
      seconds('look-back (lookBackHours)', BigInt(settings.lookBackSeconds)),
    ],
    decimals,
  );
}

/** Returns all values of a pool at a block, and the reason for each value that could not be read. */
export function readingRows(at: Snapshot, decimals: number): Row[] {
  return table.flatMap(([name, { title: words, symbol, numbers }]): Row[] => {
    const reading = at[name];
    const title = symbol === undefined ? words : `${words} ${symbol}`;
    if (reading === undefined) return [[title, 'does not apply to this pool']];
    return reading.ok
      ? rowsOf(numbers(reading.value), decimals)
      : [[title, `COULD NOT BE READ: ${reading.reason}`]];
  });
}

/** Returns numbers as text, with their derivation. */
export function rowsOf(numbers: readonly Quantity[], decimals: number): Row[] {
  return numbers.map(number => [
    number.name,
    `${show(number, decimals)}${number.how === undefined ? '' : `   = ${number.how}`}`,
  ]);
}
