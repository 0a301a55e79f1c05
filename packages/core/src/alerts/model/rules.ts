/** The times at which people are notified. */
export interface Rules {
  /** A condition is resolved once it was found gone for this long … */
  resolveAfterMs: number;
  /** … and this many times. */
  resolveAfterRounds: number;
  /** Pauses between reminders while it lasts; the last one repeats for ever. */
  remindAfterMs: readonly number[];
  /** This many beginnings within `flappingWithinMs` are reported as one flapping alert, … */
  flappingBeginnings: number;
  flappingWithinMs: number;
  /** … which is resolved after this time. */
  flappingResolveAfterMs: number;
  /** A finding that joins its group this soon after people were paged belongs to the reason for that page. */
  joinsWithinMs: number;
  /** Changes of a group that page no person are reported at most this often. */
  changeEveryMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Returns the rules with another time until an alert is resolved, in ms. */
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
