import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../clock/index.ts';
import { Lease, type LeaseOptions, usualTimes } from './Lease.ts';
import { leaseFolder } from './leaseFolder.ts';
import { socketPresence } from './socketPresence.ts';
import { systemNow } from './stopwatch.ts';

/** Opens the lease of the copies of a bot that share a state folder. */
export function openLease(
  stateDir: string,
  bot: string,
  { onHeldByOther, onLost }: Pick<LeaseOptions, 'onHeldByOther' | 'onLost'>,
): Lease {
  const id = randomUUID();
  const name = `${bot}-lease`;
  return new Lease({
    id,
    host: hostname(),
    pid: process.pid,
    folder: leaseFolder(stateDir, name),
    presence: socketPresence(stateDir, `${name}.${id}.sock`),
    stopwatch: { now: systemNow, sleep: systemClock.sleep },
    now: systemClock.now,
    times: usualTimes,
    onHeldByOther,
    onLost,
  });
}
