import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../clock/index.ts';
import { Lease, type LeaseOptions, usualTimes } from './Lease.ts';
import { leaseFolder } from './leaseFolder.ts';
import { socketPresence } from './presence.ts';
import { type LeaseRecord, recordOf } from './record.ts';
import { systemNow } from './stopwatch.ts';

const nameOf = (bot: string) => `${bot}-lease`;

/** The lease that the copies of a bot have with one another which share a state folder. */
export function openLease(
  stateDir: string,
  bot: string,
  { onHeldByOther, onLost }: Pick<LeaseOptions, 'onHeldByOther' | 'onLost'>,
): Lease {
  const id = randomUUID();
  return new Lease({
    id,
    host: hostname(),
    pid: process.pid,
    folder: leaseFolder(stateDir, nameOf(bot)),
    presence: socketPresence(stateDir, `${nameOf(bot)}.${id}.sock`),
    stopwatch: { now: systemNow, sleep: systemClock.sleep },
    now: systemClock.now,
    times: usualTimes,
    onHeldByOther,
    onLost,
  });
}

/** Who has the lease, by what was last written; changes nothing. @returns undefined when nobody has */
export async function readHolder(stateDir: string, bot: string): Promise<LeaseRecord | undefined> {
  const { text } = await leaseFolder(stateDir, nameOf(bot)).look();
  const record = recordOf(text);
  return record?.released ? undefined : record;
}
