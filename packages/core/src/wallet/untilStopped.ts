import { SenderStopped } from './errors.ts';

/** Waits for `work`. @throws SenderStopped when a stop is requested before `work` is done */
export async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  if (stop.aborted) throw new SenderStopped();
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(new SenderStopped()), { once: true, signal: over.signal });
  });
  await Promise.race([work, stopped]).finally(() => over.abort());
}
