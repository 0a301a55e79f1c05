import { z } from 'zod';
import { duration, iso } from './texts.ts';

/** A pause that has not ended, as far as events were read. */
export const pauseSchema = z.object({
  pool: z.string(),
  block: z.number(),
  /** Seconds since 1970. */
  time: z.number(),
  /** A round has found the pool paused, and the alert was raised. */
  isTold: z.boolean(),
});
export type Pause = z.infer<typeof pauseSchema>;

/** An owner's pause or unpause, in the order of the chain. */
export interface PauseEvent {
  kind: 'Paused' | 'Unpaused';
  pool: string;
  name: string;
  hash: string;
  block: number;
  time: number;
}

/** A pause that has ended and was never reported. */
export interface MissedPause extends Omit<PauseEvent, 'kind' | 'name'> {
  message: string;
}

/**
 * Returns the pauses that have not ended after these events, and those that ended without any round seeing
 * them, because the keeper was down, or looked before and after.
 * @param seenAt the last block at which a round of this process found a pool paused
 */
export function followPauses(
  before: readonly Pause[],
  events: readonly PauseEvent[],
  seenAt: (pool: string) => number | undefined,
): { pauses: Pause[]; missed: MissedPause[] } {
  const wasSeen = (pool: string, from: number, to: number) => {
    const at = seenAt(pool);
    return at !== undefined && from <= at && at < to;
  };
  let pauses = [...before];
  const missed: MissedPause[] = [];
  for (const { kind, name, ...event } of events) {
    const { pool, block, time } = event;
    const begun = pauses.find(pause => pause.pool === pool);
    pauses = pauses.filter(pause => pause !== begun);
    if (kind === 'Paused') pauses.push({ pool, block, time, isTold: false });
    else if (!begun?.isTold && !wasSeen(pool, begun?.block ?? 0, block))
      missed.push({ ...event, message: `${name}: ${textOf(begun, event)}` });
  }
  return {
    pauses: pauses.map(pause => ({
      ...pause,
      isTold: pause.isTold || wasSeen(pause.pool, pause.block, Number.POSITIVE_INFINITY),
    })),
    missed,
  };
}

/** A pause only stops the sale of tickets. No recent event shows the rounds whose sales it affected. */
function textOf(begun: Pause | undefined, { block, time }: { block: number; time: number }): string {
  const until = `to block ${block} (${iso(time)})`;
  const span = begun
    ? `it was paused from block ${begun.block} (${iso(begun.time)}) ${until}, for ${duration(time - begun.time)}`
    : `it was paused from an unknown block ${until}`;
  return `${span}: no tickets could be bought meanwhile; rounds were still committed and settled`;
}
