import type { InvariantConfig } from '../config.ts';

/** The way in which blocks are chosen. */
export type Mode =
  | { kind: 'every-block' }
  | { kind: 'newest-block'; onTrades: boolean }
  | { kind: 'periodic'; everyMs: number; onTrades: boolean };

export function modeOf({
  INVARIANCE_CHECK_TIME: time,
  INVARIANCE_CHECK_EVENT_TRIGGER: onTrades,
}: Pick<InvariantConfig, 'INVARIANCE_CHECK_TIME' | 'INVARIANCE_CHECK_EVENT_TRIGGER'>): Mode {
  if (time < 0) return { kind: 'every-block' };
  if (time === 0) return { kind: 'newest-block', onTrades };
  return { kind: 'periodic', everyMs: time * 1000, onTrades };
}

/** Returns a warning about the limits of the chosen mode; undefined for the default. */
export function blindSpotOf(mode: Mode): string | undefined {
  if (mode.kind === 'every-block') return undefined;
  const next =
    mode.kind === 'newest-block'
      ? 'in the next block that is checked'
      : `up to ${mode.everyMs / 1000} s later`;
  const trade = mode.onTrades ? ', or at the next trade' : '';
  return `not every block is checked: a theft by a transaction without a Hyperdrive event is seen ${next}${trade}; with INVARIANCE_CHECK_TIME=-1 it is seen in its block`;
}

/** Returns whether the mode reads each new block, even if only for trades. */
export function followsBlocks(mode: Mode): boolean {
  return mode.kind !== 'periodic' || mode.onTrades;
}

/** Returns whether the mode wants every block, so that a block without a check is reported as left out. */
export function wantsAll(mode: Mode): boolean {
  return mode.kind === 'every-block' || mode.onTrades;
}
