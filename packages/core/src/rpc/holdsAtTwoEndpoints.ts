import { systemClock } from '../clock/index.ts';
import type { BatchReader } from './createBatchReader.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** Another endpoint may have the block a moment later. */
const retryMs = 100;

/**
 * Returns whether a statement about the chain's state holds at two endpoints, or at the only one that
 * answers. It is for statements that keep a bot from acting: a single wrong endpoint must not cost a draw.
 * @param holds reads through the given reader; where it rejects, the endpoint is asked again
 * @param patienceMs how long the other endpoints may take; a statement that they do not confirm in time does
 * not hold
 * @throws what `holds` throws the first time, when any endpoint may be asked
 */
export async function holdsAtTwoEndpoints(
  provider: FailoverProvider,
  reader: BatchReader,
  {
    holds,
    patienceMs = 1_000,
  }: { holds: (reader: BatchReader) => Promise<boolean>; patienceMs?: number | undefined },
): Promise<boolean> {
  if (!(await holds(reader))) return false;
  const endpoints = provider.health.inUse().filter(({ secondOpinionLeftMs }) => secondOpinionLeftMs > 0);
  if (endpoints.length < 2) return true;
  const over = new AbortController();
  let confirmations = 0;
  const asking = endpoints.map(async endpoint => {
    while (!over.signal.aborted) {
      const answer = await holds(reader.via(endpoint)).catch(() => undefined);
      if (answer) confirmations += 1;
      if (confirmations > 1) over.abort();
      if (answer !== undefined) return;
      await systemClock.sleep(retryMs, over.signal);
    }
  });
  await Promise.race([Promise.all(asking), systemClock.sleep(patienceMs, over.signal)]);
  over.abort();
  return confirmations > 1;
}
