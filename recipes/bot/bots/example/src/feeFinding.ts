import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';

const weiPerGwei = 1_000_000_000n;

/** Returns whether the base fee of a block is above the limit, as a finding. The gwei in the text are rounded down. */
export function feeFinding({ number, baseFeeWei }: Block, mostWei: bigint): Observation {
  if (baseFeeWei === undefined || baseFeeWei <= mostWei) return { check: 'fee-high', failing: false };
  const message = `the base fee is ${baseFeeWei / weiPerGwei} gwei at block ${number}; at most ${mostWei / weiPerGwei} gwei are usual`;
  return { check: 'fee-high', failing: true, message };
}
