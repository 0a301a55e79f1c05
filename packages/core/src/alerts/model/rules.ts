/** The times at which people are notified. */
export interface Rules {
  /** How long a condition must be absent before it is resolved, in ms. */
  resolveAfterMs: number;
  /** How many rounds in a row must find a condition absent before it is resolved. */
  resolveAfterRounds: number;
  /** Pauses between reminders while it lasts; the last one repeats for ever. */
  remindAfterMs: readonly number[];
  /** This many beginnings within `flappingWithinMs` are reported as one flapping alert. */
  flappingBeginnings: number;
  flappingWithinMs: number;
  /** How long a flapping condition must be absent before its alert is resolved, in ms. */
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
    // An hour, where `resolveAfterMs` is five minutes.
    flappingResolveAfterMs: 12 * resolveAfterMs,
    joinsWithinMs: 5 * minuteMs,
    changeEveryMs: minuteMs,
  };
}

export const usualRules = rulesWith(5 * minuteMs);
