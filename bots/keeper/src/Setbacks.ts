import { backoffMs } from '@service-bots/core/errors';
import { type Action, keyOf } from './decide.ts';

/**
 * - `retry`: it could not be sent, for a reason outside of the contract.
 * - `price`: it waits for cheaper gas.
 * - `refused`: its simulation reverts. A try costs nothing.
 * - `reverted`: its simulation succeeded, and the mined transaction reverted. Each try costs gas.
 * - `unchanged`: the mined transaction succeeded, and the chain is as before. Each try costs gas.
 */
export type SetbackKind = 'retry' | 'price' | 'refused' | 'reverted' | 'unchanged';

/** A moment on two clocks. */
export interface Instant {
  monotonicMs: number;
  /** Seconds since 1970, by the head. */
  chainTime: number;
}

/** The tries of an action so far, all of which failed. */
export interface Setback {
  action: Pick<Action, 'kind' | 'round'>;
  kind: SetbackKind;
  reason: string;
  /** The number of tries that failed, one after the other. */
  tries: number;
  /** The number of transactions mined for it, with any result. */
  paid: number;
  /** When the first of these tries failed. */
  since: Instant;
}

interface Entry extends Setback {
  last: Instant;
  /** The last try had its effect: it is no failure, but its transactions count. */
  isDone: boolean;
  /** Failures outside of a deadline: those inside a deadline do not lengthen the pauses after it. */
  calmTries: number;
}

const firstPauseMs = 1_000;
const longestPauseMs = { retry: 30_000, price: 5_000, refused: 300_000 };
/** Inside a deadline, where simulations cost nothing: a block's time, within these bounds. */
const pressingPauseMs = { least: 1_000, most: 5_000 };
/** Inside a deadline, where each try costs gas. */
const paidPauseMs = { first: 2_000, longest: 15_000 };
/** The highest number of paid tries inside a deadline. Further tries are as rare as outside of a deadline. */
const mostPaid = { reverted: 10, unchanged: 3 };
const quarantinePauseMs = { first: 60_000, longest: 3_600_000 };
/** Older rounds have ended. */
const mostRemembered = 32;

/** Tracks the failures of a pool's actions, each separately, so that none is tried at every look. */
export class Setbacks {
  readonly #blockTimeMs: () => number;
  readonly #entries = new Map<string, Entry>();

  /** @param blockTimeMs read at each use, since the block time may be learned */
  constructor(blockTimeMs: () => number) {
    this.#blockTimeMs = blockTimeMs;
  }

  /** Returns the failure of this action's last try. */
  of(action: Pick<Action, 'kind' | 'round'>): Readonly<Setback> | undefined {
    const entry = this.#entries.get(keyOf(action));
    return entry && !this.#isHarmless(entry) ? entry : undefined;
  }

  /**
   * Returns how long this action is left alone from now on, in ms; 0 when it may be tried. Uses the steady
   * clock or the chain's time, whichever allows the earlier try.
   * @param isPressing its deadline runs
   */
  heldForMs(action: Pick<Action, 'kind' | 'round'>, isPressing: boolean, now: Instant): number {
    const entry = this.#entries.get(keyOf(action));
    if (!entry) return 0;
    const pauseMs = this.#pauseMs(entry, isPressing);
    return Math.max(pauseMs - passedMs(entry.last, now), 0);
  }

  failed(
    { kind: what, round }: Pick<Action, 'kind' | 'round'>,
    { kind, reason, isPressing }: Pick<Setback, 'kind' | 'reason'> & { isPressing: boolean },
    now: Instant,
  ): void {
    const action = { kind: what, round };
    const before = this.#entries.get(keyOf(action));
    const isFirst = !before || before.isDone;
    this.#remember({
      action,
      kind,
      reason,
      tries: isFirst ? 1 : before.tries + 1,
      paid: (before?.paid ?? 0) + (isPaid(kind) ? 1 : 0),
      since: isFirst ? now : before.since,
      last: now,
      isDone: false,
      calmTries: (isFirst ? 0 : before.calmTries) + (isPressing ? 0 : 1),
    });
  }

  /**
   * Records that it had its effect. Its transactions still count, since an action that succeeds again and
   * again has no effect.
   */
  done({ kind, round }: Pick<Action, 'kind' | 'round'>, now: Instant): void {
    const action = { kind, round };
    const paid = (this.#entries.get(keyOf(action))?.paid ?? 0) + 1;
    const reason = `${kind} round ${round} succeeded ${paid} times and is due again`;
    const about = { action, kind: 'unchanged', reason, tries: paid, paid } as const;
    this.#remember({ ...about, since: now, last: now, isDone: true, calmTries: 0 });
  }

  /** Records that another keeper has done it: earlier failures are over, paid transactions still count. */
  clear(action: Pick<Action, 'kind' | 'round'>): void {
    const entry = this.#entries.get(keyOf(action));
    if (entry && entry.paid > 0) entry.isDone = true;
    else this.#entries.delete(keyOf(action));
  }

  #pauseMs(entry: Entry, isPressing: boolean): number {
    const { kind, paid, calmTries } = entry;
    if (this.#isHarmless(entry)) return 0;
    if (isPaid(kind)) {
      const beyond = paid - mostPaid[kind];
      if (isPressing && beyond < 0) return backoffMs(paid, paidPauseMs.first, paidPauseMs.longest);
      const count = isPressing ? beyond + 1 : paid;
      return backoffMs(count, quarantinePauseMs.first, quarantinePauseMs.longest);
    }
    const { least, most } = pressingPauseMs;
    if (isPressing) return Math.min(Math.max(this.#blockTimeMs(), least), most);
    return backoffMs(Math.max(calmTries, 1), firstPauseMs, longestPauseMs[kind]);
  }

  /** A completed action may have to be done again, since a reorg can undo it. */
  #isHarmless({ isDone, paid }: Entry): boolean {
    return isDone && paid <= 1;
  }

  #remember(entry: Entry): void {
    const key = keyOf(entry.action);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > mostRemembered && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Returns the longer of the times that passed on the two clocks, in ms; never less than 0. */
export function passedMs(since: Instant, now: Instant): number {
  return Math.max(now.monotonicMs - since.monotonicMs, (now.chainTime - since.chainTime) * 1000, 0);
}

export function isPaid(kind: SetbackKind): kind is 'reverted' | 'unchanged' {
  return kind === 'reverted' || kind === 'unchanged';
}
