import { one } from '@service-bots/core/hyperdrive';

/** A vault share price that a checkpoint recorded; 0: the checkpoint is not minted. */
export interface PricedCheckpoint {
  /** Seconds since 1970. */
  time: number;
  price: bigint;
}

/** A yearly rate above this is treated as an exchange rate or an error. */
const highestRate = one;
const secondsInYear = 31_536_000n;

/**
 * Returns a vault's own rate.
 * @returns undefined where it gives none, or a figure that cannot be a yearly rate
 */
export function vaultRate(rate: bigint | undefined): bigint | undefined {
  return rate === undefined || rate > highestRate ? undefined : rate;
}

/**
 * Returns the yearly change of the vault share price since the oldest minted checkpoint of the look-back, as
 * simple interest, rounded down.
 *
 * A checkpoint that was minted late records a later price, which makes the rate too low and never too high.
 * @returns undefined where no checkpoint is minted, or the change is no rate that a vault pays
 */
export function rateFromCheckpoints(
  checkpoints: readonly PricedCheckpoint[],
  now: PricedCheckpoint,
): bigint | undefined {
  const [oldest] = checkpoints.filter(({ price, time }) => price > 0n && time < now.time);
  if (!oldest) return undefined;
  const change = ((now.price - oldest.price) * one) / oldest.price;
  const rate = (change * secondsInYear) / BigInt(now.time - oldest.time);
  return rate > highestRate || rate < -highestRate ? undefined : rate;
}
