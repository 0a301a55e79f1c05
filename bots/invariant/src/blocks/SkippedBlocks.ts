import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { AllEndpointsFailed, type Block } from '@service-bots/core/rpc';

/** A block that cannot be read is left out after this many tries. */
const tries = 3;
/** The number of newest blocks whose state every node serves; older state may be pruned for good. */
const servedBlocks = 32;
/** The number of ranges that one alert names. */
const mostNamed = 5;

/** Blocks that should have been checked and were not. */
export interface SkippedRange {
  /** The first and the last, both included. */
  from: number;
  to: number;
  /** The number of blocks in it that should have been checked; all unless given. */
  count?: number;
  why: string;
}

/** Counts the unchecked blocks, and reports them: a skipped block is not a healthy one. */
export class SkippedBlocks {
  /** Since the process began. */
  total = 0;
  #untold: SkippedRange[] = [];
  readonly #failures = new Map<string, number>();
  /** Consecutive failures of old blocks, of any block, by their kind: the reason without its numbers. */
  readonly #oldFailures = new Map<string, { count: number; why: string }>();

  add(stretches: readonly SkippedRange[]): void {
    for (const stretch of stretches) this.total += countOf(stretch);
    this.#untold.push(...stretches);
  }

  /**
   * Records that a block could not be read. Old blocks share their tries, for two reasons. The past may be
   * pruned for good, and tries for each block of it would take longer than the arrival of new blocks. Also,
   * the oldest waiting block differs at each try.
   * @returns whether it is given up
   */
  failed({ hash, number }: Block, error: unknown, head: Pick<Block, 'number'>): boolean {
    // While no endpoint answers, no block is given up: it may be readable once an endpoint is back.
    if (error instanceof AllEndpointsFailed && error.error === undefined) return false;
    const why = `could not be read: ${reasonOf(error)}`;
    if (head.number - number >= servedBlocks) return this.#failedOld(number, why);
    const failures = (this.#failures.get(hash) ?? 0) + 1;
    this.#failures.set(hash, failures);
    if (failures < tries) return false;
    this.#failures.delete(hash);
    this.add([{ from: number, to: number, why }]);
    return true;
  }

  #failedOld(number: number, why: string): boolean {
    const kind = why.replace(/0x[0-9a-f]+|\d+/gi, '');
    const known = this.#oldFailures.get(kind) ?? { count: 0, why };
    known.count += 1;
    this.#oldFailures.set(kind, known);
    if (known.count < tries) return false;
    // The range is entered once, with the reason of the first block that failed.
    this.add([{ from: number, to: number, why: known.why }]);
    return true;
  }

  /** Records that a block was read after failures. */
  read({ hash }: Block): void {
    this.#failures.delete(hash);
    this.#oldFailures.clear();
  }

  /** Returns the ranges that have not been reported yet. */
  observations(): Observation[] {
    if (this.#untold.length === 0) return [];
    const stretches = joined(this.#untold);
    this.#untold = [];
    const count = stretches.reduce((sum, stretch) => sum + countOf(stretch), 0);
    const named = stretches.slice(0, mostNamed).map(described);
    const others = stretches.length - named.length;
    const more = others > 0 ? `; and ${others} more ranges` : '';
    const message = `${count} ${count === 1 ? 'block was' : 'blocks were'} not checked: ${named.join('; ')}${more}`;
    const data = { count, stretches, sinceTheStart: this.total };
    return [{ check: 'blocks-skipped', failing: true, message, data }];
  }
}

function countOf({ from, to, count }: SkippedRange): number {
  return count ?? to - from + 1;
}

function described({ from, to, count, why }: SkippedRange): string {
  if (count !== undefined) return `${count} of blocks ${from} to ${to}: ${why}`;
  return from === to ? `block ${from}: ${why}` : `blocks ${from} to ${to}: ${why}`;
}

/** Joins consecutive ranges with the same reason. */
function joined(stretches: readonly SkippedRange[]): SkippedRange[] {
  const all: SkippedRange[] = [];
  for (const stretch of stretches) {
    const last = all.at(-1);
    const isNext = last && last.to + 1 === stretch.from && last.why === stretch.why;
    if (isNext && last.count === undefined && stretch.count === undefined) last.to = stretch.to;
    else all.push({ ...stretch });
  }
  return all;
}

/** Longer than most catch-ups after a restart, in ms. */
const patienceMs = 5 * 60_000;

/** The progress of checking at the end of a round. */
export interface CheckProgress {
  head: Pick<Block, 'number' | 'timestamp'>;
  /** The oldest block that still waits to be checked; undefined when none does. */
  oldestWaiting: Pick<Block, 'number' | 'timestamp'> | undefined;
  /** The number of blocks that wait. */
  waiting: number;
}

/**
 * Reports when checking does not keep up with the chain: findings are then late, and no other alert shows it.
 */
export class CheckLag {
  #since: number | undefined;

  /** @param nowMs milliseconds since 1970 */
  observation({ head, oldestWaiting, waiting }: CheckProgress, nowMs: number): Observation {
    const about = { check: 'falling-behind' };
    this.#since = oldestWaiting && (this.#since ?? nowMs);
    if (!oldestWaiting || this.#since === undefined || nowMs - this.#since < patienceMs)
      return { ...about, failing: false };
    const lateSeconds = head.timestamp - oldestWaiting.timestamp;
    const minutes = Math.floor((nowMs - this.#since) / 60_000);
    return {
      ...about,
      failing: true,
      message: `blocks have been waiting to be checked for ${minutes} minutes, now ${waiting} of them: a theft would be reported ${lateSeconds} s late. First: look at the response times of the nodes in /status`,
      data: { waiting, from: oldestWaiting.number, head: head.number, lateSeconds },
    };
  }
}
