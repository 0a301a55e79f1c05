import type { InvariantConfig } from './config.ts';

/** How blocks are chosen. */
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

/** Whether it looks at each new block, be it for trades alone. */
export function followsBlocks(mode: Mode): boolean {
  return mode.kind !== 'periodic' || mode.onTrades;
}

/** Whether a block that is not looked at is one left out. */
export function wantsAll(mode: Mode): boolean {
  return mode.kind === 'every-block' || mode.onTrades;
}
