import type { Clock } from '../../clock/index.ts';
import type { ConfigError } from '../../config/index.ts';
import { type Lease, LeaseLost, openLease } from '../../lease/index.ts';
import type { Logger } from '../../logger/index.ts';
import type { Status } from '../status/Status.ts';

export interface TakenLease {
  lease: Lease;
  /**
   * Aborts, with a LeaseLost, when another copy is at work, or when the folder can be used again and the bot
   * has to restart.
   */
  lost: AbortSignal;
  /** Why there is no lease: see `withoutLease`. */
  problem: string | undefined;
}

export interface TakeLeaseOptions {
  bot: string;
  stateDir: string;
  status: Status;
  clock: Clock;
  logger: Logger;
  /** Why this copy could not act in place of another copy, so that it does not stand by. */
  unusable: ConfigError | undefined;
  /** Called when the folder fails while this copy has the lease. */
  onProblem(problem: string): void;
  /** Called again and again while the folder does not answer, from half a minute on. */
  onSilent(): void;
}

const tryAgainMs = 5_000;

/**
 * Stands by while another copy of the bot is at work, and logs that.
 *
 * When the folder fails, at the start or later, no copy can be found in it and none can be kept out. The bot
 * then goes on without the lease: it watches and raises alerts, saves nothing, and sends only calls that do
 * no harm when two copies send them. As soon as the folder can be used again the bot restarts with the
 * content of the folder.
 * @throws `unusable`, when another copy is at work
 */
export function takeLease(options: TakeLeaseOptions): Promise<TakenLease> {
  const { status, clock, onSilent } = options;
  return probeStateDir(take(options), { lastAnswerAt: () => status.standby?.seenAt, clock, onSilent });
}

async function take(options: TakeLeaseOptions): Promise<TakenLease> {
  const { bot, stateDir, status, clock, logger, unusable, onProblem } = options;
  const lost = new AbortController();
  const useless = new AbortController();
  const own = new Set<string>();
  let isWithout = false;
  let loggedHolder: string | undefined;
  const open = () => {
    const lease = openLease(stateDir, bot, {
      onLost(error) {
        if (!error.isFolderFailing) return lost.abort(error);
        const problem = withoutLease(stateDir, error.message);
        logger.error(problem);
        onProblem(problem);
        void startAnew(lease.answered);
      },
      onHeldByOther(holder) {
        // The holder is an earlier term of this process, which it has lost.
        if (holder && own.has(holder.id)) return;
        if (isWithout)
          return lost.abort(new LeaseLost('another copy of the bot is at work; standing by from now on'));
        if (unusable) useless.abort();
        status.standby = { holder, seenAt: clock.now() };
        if (holder === undefined || loggedHolder === holder.id) return;
        loggedHolder = holder.id;
        const { host, pid, since } = holder;
        logger.info(`standing by, held by ${host} (process ${pid}) since ${since}`, { stateDir });
      },
    });
    own.add(lease.id);
    return lease;
  };
  /** Restarts with the content of the folder, since work that was begun without it has no basis. */
  const startAnew = async (answered?: Promise<unknown>) => {
    isWithout = true;
    // No second call waits for a file server that is gone: the remaining threads resolve the host names of
    // services.
    await answered;
    for (;;) {
      await clock.sleep(tryAgainMs);
      if (lost.signal.aborted) return;
      const lease = open();
      const { outcome } = await lease.take(AbortSignal.any([useless.signal, lost.signal]));
      // The release also removes this process's record from the folder when there is no lease.
      await lease.release();
      if (outcome === 'unavailable') continue;
      const message = 'STATE_DIR can be used again; the bot restarts';
      if (outcome === 'held') lost.abort(new LeaseLost(message, { isFolderUsable: true }));
      return;
    }
  };

  const lease: Lease = open();
  const taken = await lease.take(useless.signal);
  status.standby = undefined;
  if (taken.outcome === 'stopped') throw unusable;
  if (taken.outcome === 'held') {
    if (loggedHolder !== undefined)
      logger.info('the lease is free: this copy takes over', { term: lease.term });
    return { lease, lost: lost.signal, problem: undefined };
  }
  const problem = withoutLease(stateDir, taken.reason);
  logger.error(problem);
  void startAnew();
  return { lease, lost: lost.signal, problem };
}

function withoutLease(stateDir: string, reason: string): string {
  return `STATE_DIR: ${stateDir} cannot be used (${reason}): the bot cannot tell whether another copy is at work; it saves nothing, and sends only transactions that do no harm when two copies send them`;
}

const lookEveryMs = 5_000;
/** Half a minute: as long as an RPC endpoint may be silent before an alert is raised. */
const looksUntilSilent = 6;

interface Probe {
  /** Returns a value that changes whenever the folder has answered. */
  lastAnswerAt(): number | undefined;
  clock: Clock;
  /** Called at each check without an answer, from half a minute on. */
  onSilent(): void;
}

/**
 * Waits for `work` in the state folder, and reports when it hangs. A system call on a file server that is
 * gone never returns and cannot be cancelled.
 */
export async function probeStateDir<T>(
  work: Promise<T>,
  { lastAnswerAt, clock, onSilent }: Probe,
): Promise<T> {
  const over = new AbortController();
  const watch = async () => {
    let silentLooks = 0;
    // The loop counts checks and not time: a machine that was asleep has received no answers either.
    for (let before = lastAnswerAt(); ; ) {
      await clock.sleep(lookEveryMs, over.signal);
      if (over.signal.aborted) return;
      const answeredAt = lastAnswerAt();
      silentLooks = answeredAt === before ? silentLooks + 1 : 0;
      before = answeredAt;
      if (silentLooks >= looksUntilSilent) onSilent();
    }
  };
  void watch();
  try {
    return await work;
  } finally {
    over.abort();
  }
}
