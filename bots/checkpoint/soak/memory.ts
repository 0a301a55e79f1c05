/** The memory of the bot's process, in MB. */
export interface MemorySample {
  resident: number;
  /** All of V8's heap: in use, garbage, and room for more. */
  heap: number;
  /** The part in use, with the garbage that is not collected yet. */
  used: number;
}

/**
 * The number of samples at which every quarter holds some collections of the whole heap; a shorter soak shows
 * no trend.
 */
const leastSamples = 60;
/** The difference between the figures of two quarters when nothing grows. */
const noiseMB = 4;

/**
 * Returns the kept heap, in MB. The resident memory of a collected process has three parts: the kept heap,
 * the memory outside V8's heap (buffers, sockets, node itself), and V8's room for garbage. V8 bounds the room
 * by itself, in proportion to the kept heap, and returns little of it while the machine has memory to spare.
 * Flat therefore means that the other two parts do not grow. The kept heap is the least in use within a
 * period: it shows just after a collection.
 */
export function keptMB(samples: readonly MemorySample[]): number {
  return Math.min(...samples.map(({ used }) => used));
}

/**
 * Returns the median of a period: a single sample may fall between V8's growth and the count of its pages.
 */
export function outsideMB(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ resident, heap }) => resident - heap).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Returns the parts that grew from the second quarter to the last. The first quarter compiles frequently used
 * code, and fills caches.
 */
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
