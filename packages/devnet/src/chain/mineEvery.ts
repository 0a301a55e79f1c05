/**
 * Mines a block every so many seconds, as anvil's own `--block-time` does. With that option, and likewise
 * after `evm_setIntervalMining`, anvil 1.7.1 keeps 1,500 states at block times up to 2 s, regardless of
 * `--prune-history`.
 * @param mine mines one block; a failure is ignored, since the chain may be ending
 * @returns a function that ends it
 */
export function mineEvery(seconds: number, mine: () => Promise<unknown>): () => void {
  const everyMs = seconds * 1_000;
  let dueAt = performance.now() + everyMs;
  let timer: NodeJS.Timeout;
  const wait = () => {
    // A chain that was stopped for a while does not make up for the missed blocks.
    const now = performance.now();
    dueAt = Math.max(dueAt, now);
    timer = setTimeout(() => void turn(), dueAt - now).unref();
  };
  const turn = async () => {
    dueAt += everyMs;
    await mine().catch(() => undefined);
    if (!isOver) wait();
  };
  let isOver = false;
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
