const tickMs = 5;

/**
 * Measures how long `work` takes, in milliseconds that this process was given: a stall of the machine, however long,
 * counts as one tick. A bound on it holds on a busy machine as it does on an idle one.
 */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, tickMs);
  try {
    const value = await work();
    return { ms: ticks * tickMs, value };
  } finally {
    clearInterval(ticking);
  }
}
