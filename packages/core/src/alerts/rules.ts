/** When people are told. */
export interface Rules {
  /** A condition is over once it was found gone for so long … */
  resolveAfterMs: number;
  /** … and so often. */
  resolveAfterRounds: number;
  /** Pauses between reminders while it lasts; the last one goes on for ever. */
  remindAfterMs: readonly number[];
  /** So many beginnings within `flappingWithinMs` are told as one flapping alert, … */
  flappingBeginnings: number;
  flappingWithinMs: number;
  /** … which is over after so long. */
  flappingResolveAfterMs: number;
  /** A finding that joins its group so soon after people were woken is part of what they were woken for. */
  joinsWithinMs: number;
  /** What joins and leaves a group without waking people is told at most so often. */
  changeEveryMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export function rulesWith(resolveAfterMs: number): Rules {
  return {
    resolveAfterMs,
    resolveAfterRounds: 2,
    remindAfterMs: [hourMs, 4 * hourMs, 24 * hourMs],
    flappingBeginnings: 3,
    flappingWithinMs: hourMs,
    // With five minutes, an hour.
    flappingResolveAfterMs: 12 * resolveAfterMs,
    joinsWithinMs: 5 * minuteMs,
    changeEveryMs: minuteMs,
  };
}

export const usualRules = rulesWith(5 * minuteMs);
