import type { Clock } from '../clock/index.ts';
import type { ConfigError } from '../config/index.ts';
import { type Lease, LeaseLost, openLease } from '../lease/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Status } from './status.ts';

export interface TakenLease {
  lease: Lease;
  /** Aborts, with a LeaseLost, when this copy may not act any more. */
  lost: AbortSignal;
  /** Why there is no lease: the bot then watches and tells, and neither sends nor saves anything. */
  problem: string | undefined;
}

const tryAgainMs = 5_000;

/**
 * Stands by while another copy of the bot is at work, and says so.
 * @param unusable why this one could do nothing in its place: it does not stand by, then
 * @throws `unusable`, when another copy is at work
 */
export async function takeLease(
  bot: string,
  stateDir: string,
  status: Status,
  clock: Clock,
  logger: Logger,
  unusable: ConfigError | undefined,
): Promise<TakenLease> {
  const lost = new AbortController();
  const useless = new AbortController();
  let isWithout = false;
  let toldOf: string | undefined;
  const lease = openLease(stateDir, bot, {
    onLost: error => lost.abort(error),
    onHeldByOther(holder) {
      if (isWithout)
        return lost.abort(new LeaseLost('another copy of the bot is at work; standing by from now on'));
      if (unusable) useless.abort();
      status.standby = { holder, seenAt: clock.now() };
      if (holder === undefined || toldOf === holder.id) return;
      toldOf = holder.id;
      const { host, pid, since } = holder;
      logger.info(`standing by, held by ${host} (process ${pid}) since ${since}`, { stateDir });
    },
  });
  const taken = await lease.take(useless.signal);
  status.standby = undefined;
  if (taken.outcome === 'stopped') {
    throw unusable;
  }
  if (taken.outcome === 'held') {
    if (toldOf !== undefined) logger.info('the lease is free: taking over', { term: lease.term });
    return { lease, lost: lost.signal, problem: undefined };
  }
  isWithout = true;
  const problem = `STATE_DIR: ${stateDir} cannot be used (${taken.reason}): whether another copy of the bot is at work is not known; nothing is sent and nothing saved`;
  logger.error(problem);
  // Anew, with what the folder holds: what was begun without it rests on nothing.
  const later = async () => {
    for (;;) {
      await clock.sleep(tryAgainMs);
      if (lost.signal.aborted) return;
      const { outcome } = await lease.take(useless.signal);
      if (outcome === 'stopped') return;
      if (outcome === 'unavailable') continue;
      await lease.release();
      return lost.abort(new LeaseLost('STATE_DIR can be used again; starting anew'));
    }
  };
  void later();
  return { lease, lost: lost.signal, problem };
}
