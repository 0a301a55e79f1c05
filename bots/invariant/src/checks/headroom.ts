import { one } from '@service-bots/core/hyperdrive';
import type { Quantity } from '../quantity.ts';
import type { Headroom } from './check.ts';

/** @param whole what the amount left is measured by; 0 where there is no such thing */
export function headroom(left: Quantity, whole: bigint): Headroom {
  return { left, part: whole > 0n ? (left.value * one) / whole : undefined };
}
