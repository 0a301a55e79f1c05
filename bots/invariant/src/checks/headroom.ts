import { one } from '@service-bots/core/hyperdrive';
import type { Quantity } from '../readings/quantity.ts';
import type { Headroom, Result } from './Check.ts';

/** @param whole the measure of the amount left; 0 where there is no measure */
export function headroom(left: Quantity, whole: bigint): Headroom {
  return { left, part: whole > 0n ? (left.value * one) / whole : undefined };
}

/**
 * Returns a result that holds while at least `least` is left.
 * @param message the meaning of a smaller amount
 */
export function holdsWithAtLeast(
  least: bigint,
  left: Quantity,
  { whole, numbers, message }: { whole: bigint; numbers: Quantity[]; message: string },
): Result {
  const room = headroom({ ...left, value: left.value - least }, whole);
  if (left.value >= least) return { outcome: 'holds', numbers, headroom: room };
  return { outcome: 'fails', message, by: left, numbers, headroom: room };
}

/**
 * Returns a result that holds while the amount is zero. The headroom is 1 then, and 0 for any other amount.
 * @param message the meaning of any other amount
 */
export function holdsWithNone(amount: Quantity, message: string): Result {
  const left = { ...amount, name: 'left', value: -amount.value };
  const room = { left, part: amount.value === 0n ? one : 0n };
  if (amount.value === 0n) return { outcome: 'holds', numbers: [amount], headroom: room };
  return { outcome: 'fails', message, by: amount, numbers: [amount], headroom: room };
}
