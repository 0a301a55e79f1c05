import { type Anchor, anchorAtOrAfter, anchorText } from '@service-bots/core/prizePool';
import type { CommitPlan } from './commitPlan.ts';
import { duration } from './texts.ts';

/** A smaller delay is the jitter of blocks. */
const leastLateSeconds = 5;

/** Returns a scheduled commit's delay to its anchor, in words. */
export function commitTiming(anchor: Anchor, { fireAt, shiftSeconds, missed }: CommitPlan): string {
  const its = `its anchor ${anchorText(anchor)}`;
  if (missed && fireAt > missed.anchor)
    return `at ${its}, ${duration(fireAt - missed.anchor)} after the one that it missed,`;
  if (missed && missed.bySeconds > leastLateSeconds) {
    const then = missed.heals ? 'which heals by itself' : 'by which the schedule has shifted';
    return `${duration(missed.bySeconds)} after ${its}, ${then},`;
  }
  if (shiftSeconds !== 0 && fireAt !== anchorAtOrAfter(anchor, fireAt)) return 'off its schedule';
  return `at ${its}`;
}
