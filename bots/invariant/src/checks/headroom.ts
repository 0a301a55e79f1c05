import { one } from '@service-bots/core/hyperdrive';
import type { Quantity } from '../quantity.ts';
import type { Headroom, Result } from './check.ts';

/** @param whole what the amount left is measured by; 0 where there is no such thing */
export function headroom(left: Quantity, whole: bigint): Headroom {
  return { left, part: whole > 0n ? (left.value * one) / whole : undefined };
}

/** Holds while at least `least` is left. @param message what it means when less is */
export function holdsWithAtLeast(
  least: bigint,
  left: Quantity,
  { whole, numbers, message }: { whole: bigint; numbers: Quantity[]; message: string },
): Result {
  const room = headroom({ ...left, value: left.value - least }, whole);
  if (left.value >= least) return { outcome: 'holds', numbers, headroom: room };
  return { outcome: 'fails', message, by: left, numbers, headroom: room };
}

/** Holds while there is none at all: the headroom is all of it or nothing. @param message what any of it means */
export function holdsWithNone(amount: Quantity, message: string): Result {
  const left = { ...amount, name: 'left', value: -amount.value };
  const room = { left, part: amount.value === 0n ? one : 0n };
  if (amount.value === 0n) return { outcome: 'holds', numbers: [amount], headroom: room };
  return { outcome: 'fails', message, by: amount, numbers: [amount], headroom: room };
}
