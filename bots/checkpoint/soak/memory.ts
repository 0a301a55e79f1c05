/** What the bot's process holds, in MB. */
export interface MemorySample {
  resident: number;
  /** All of V8's heap: in use, garbage, and room for more. */
  heap: number;
  /** Of it, what is in use, with the garbage that is not collected yet. */
  used: number;
}

/** A soak in which every quarter holds some collections of the whole heap; shorter ones say nothing about trends. */
const leastSamples = 60;
/** What figures of one quarter and another differ by when nothing grows. */
const noiseMB = 4;

/**
 * The resident memory of a collected process is what it keeps, what is outside of V8's heap (buffers, sockets, node
 * itself), and V8's room for garbage. V8 bounds the room by itself, in proportion to what is kept, and gives little of
 * it back while the machine has memory to spare; so flat means that the two others do not grow. What is kept is the
 * least in use in a stretch of time: it is seen just after a collection.
 */
export function keptMB(samples: readonly MemorySample[]): number {
  return Math.min(...samples.map(({ used }) => used));
}

/** The usual figure of a stretch: one sample may fall between V8's growing and the pages' being counted. */
export function outsideMB(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ resident, heap }) => resident - heap).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What grew from the second quarter to the last; the first is for compiling what is used often, and filling caches. */
export function memoryGrowth(samples: readonly MemorySample[]): string[] {
  if (samples.length < leastSamples) return [];
  const quarter = Math.floor(samples.length / 4);
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  return [
    ['heap that is kept', keptMB(early), keptMB(late)] as const,
    ['memory outside the heap', outsideMB(early), outsideMB(late)] as const,
  ].flatMap(([what, before, after]) =>
    after - before > noiseMB ? [`${what} grew from ${before.toFixed(0)} to ${after.toFixed(0)} MB`] : [],
  );
}
