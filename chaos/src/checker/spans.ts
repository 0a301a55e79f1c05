/** A stretch of time, in ms since 1970; `toMs` is not part of it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Returns the union as disjoint spans in order; empty spans are left out. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  const sorted = spans
    .filter(({ fromMs, toMs }) => toMs > fromMs)
    .sort((one, other) => one.fromMs - other.fromMs);
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last && span.fromMs <= last.toMs)
      merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    else merged.push(span);
  }
  return merged;
}

/** Returns the time within `span` that `spans` cover, in ms. */
export function coveredMs(spans: readonly Span[], span: Span): number {
  return union(spans).reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, span.toMs) - Math.max(fromMs, span.fromMs)),
    0,
  );
}

/** Returns the parts of `span` that no span of `spans` covers. */
export function gaps(spans: readonly Span[], span: Span): Span[] {
  const free: Span[] = [];
  let fromMs = span.fromMs;
  for (const each of union(spans)) {
    if (each.toMs <= fromMs) continue;
    if (each.fromMs >= span.toMs) break;
    if (each.fromMs > fromMs) free.push({ fromMs, toMs: each.fromMs });
    fromMs = Math.max(fromMs, each.toMs);
  }
  if (fromMs < span.toMs) free.push({ fromMs, toMs: span.toMs });
  return free;
}

/**
 * Returns the time by which an act has to be done that is due at `fromMs` and may take `allowedMs`, where the
 * clock stands still during `impossible`: the deadline plus the time of the faults.
 */
export function deadlineMs(fromMs: number, allowedMs: number, impossible: readonly Span[]): number {
  let leftMs = allowedMs;
  let nowMs = fromMs;
  for (const { fromMs: stopsMs, toMs } of union(impossible)) {
    if (toMs <= nowMs) continue;
    const runsMs = stopsMs - nowMs;
    if (runsMs >= leftMs) break;
    leftMs -= Math.max(runsMs, 0);
    nowMs = toMs;
  }
  return nowMs + leftMs;
}

export function overlaps(one: Span, other: Span): boolean {
  return one.fromMs < other.toMs && other.fromMs < one.toMs;
}
