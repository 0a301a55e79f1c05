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
  const room = headroom(left, whole);
  if (left.value >= least) return { outcome: 'holds', numbers, headroom: room };
  return { outcome: 'fails', message, by: left, numbers, headroom: room };
}
