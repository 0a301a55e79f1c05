import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Alerter } from '../../alerts/index.ts';
import type { Clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';

/** The record that `killWhenBlocked` writes. */
const killedSchema = z.object({ at: z.iso.datetime(), seconds: z.number() });
/** A kill that is older is not reported, because another copy of the bot has been at work since. */
const freshMs = 24 * 3_600_000;

/**
 * Raises the alert about the previous process, which was killed and could not raise it itself. Never throws.
 */
export async function tellIfBlockedBefore(
  file: string,
  { alerter, logger }: { alerter: Alerter; logger: Logger },
  clock: Clock,
): Promise<void> {
  try {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const { at, seconds } = killedSchema.parse(JSON.parse(text));
    const message = `the event loop was blocked for ${seconds} s (ROUND_STUCK_SECONDS), so the process was killed at ${at}`;
    if (Math.abs(clock.now() - Date.parse(at)) < freshMs)
      alerter.observe([{ check: 'round-stuck', failing: true, message }]);
    else logger.warning(message);
    await rm(file, { force: true });
  } catch (error) {
    logger.warning('the note of a process that was killed could not be used', {
      file,
      reason: reasonOf(error),
    });
  }
}
