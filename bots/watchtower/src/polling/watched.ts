import type { BotStatus } from '@service-bots/core/botStatus';
import type { Target } from '../targetList.ts';
import type { Answer } from './fetchStatus.ts';

/** The state of one watched process. Times are milliseconds since 1970 on this machine's clock. */
export interface Watched {
  readonly target: Target;
  /** The time of the first poll since this watchtower started. */
  readonly askedSinceMs: number;
  /** The last valid answer; undefined until there is one. */
  readonly answer: Answer | undefined;
  /** The failed polls since the last valid answer: their number and the last reason. */
  readonly silence: Silence | undefined;
  /** The start times of the bot's processes in the last 24 hours, the newest last. */
  readonly startsMs: readonly number[];
  /** The lead of the bot's clock over this machine's, and the uncertainty of that figure. */
  readonly clock: { readonly aheadMs: number; readonly uncertainMs: number } | undefined;
  /**
   * The facts for which the chain is read. They survive a restart of this watchtower while the bot is gone.
   */
  readonly known: Known | undefined;
  /**
   * The times at which the bot's list of pools gained or lost a pool, by address in lower case. A pool that is
   * missing since a restart is not among them: discovery did not drop it, but new settings.
   */
  readonly poolChangesMs: ReadonlyMap<string, number>;
  /** The chain of the bot when it was first seen. */
  readonly firstChainId: number | undefined;
}

/** The last facts that a bot has stated about itself. */
export interface Known {
  readonly bot: string;
  readonly chainId: number | undefined;
  readonly wallet: string | undefined;
  readonly pools: readonly string[];
}

export interface Silence {
  readonly sinceMs: number;
  readonly polls: number;
  readonly reason: string;
}

const dayMs = 86_400_000;
const mostStarts = 1_000;

export function unseen(target: Target, nowMs: number): Watched {
  return {
    target,
    askedSinceMs: nowMs,
    answer: undefined,
    silence: undefined,
    startsMs: [],
    clock: undefined,
    known: undefined,
    poolChangesMs: new Map(),
    firstChainId: undefined,
  };
}

/** Returns the state after a valid answer. */
export function answered(before: Watched, answer: Answer): Watched {
  const { status, atMs, tookMs } = answer;
  const botTimeMs = status.time === undefined ? undefined : Date.parse(status.time);
  const clock = botTimeMs === undefined ? undefined : { aheadMs: botTimeMs - atMs, uncertainMs: tookMs / 2 };
  return {
    ...before,
    answer,
    silence: undefined,
    startsMs: startsWith(before, status, { nowMs: atMs, aheadMs: clock?.aheadMs ?? 0 }),
    clock,
    known: knownOf(before.known, status),
    poolChangesMs: poolChanges(before, status, atMs),
    firstChainId: before.firstChainId ?? status.chain?.id,
  };
}

function poolChanges(
  { known, answer, poolChangesMs }: Watched,
  status: BotStatus,
  nowMs: number,
): ReadonlyMap<string, number> {
  const lower = (addresses: readonly string[]) => addresses.map(address => address.toLowerCase());
  const before = lower(known?.pools ?? []);
  const now = lower(knownOf(known, status).pools);
  const joined = before.length > 0 ? now.filter(pool => !before.includes(pool)) : [];
  // The list before is that of the same process once it has completed a round.
  const isOfProcess = answer?.status.startedAt === status.startedAt && answer.status.rounds.completed > 0;
  const left = isOfProcess ? before.filter(pool => !now.includes(pool)) : [];
  if (joined.length + left.length === 0) return poolChangesMs;
  return new Map([...poolChangesMs, ...[...joined, ...left].map(pool => [pool, nowMs] as const)]);
}

/** Returns the facts that a bot states. A process that has just started does not state all of them yet. */
function knownOf(before: Known | undefined, { bot, chain, wallet, pools, rounds }: BotStatus): Known {
  const isStarting = rounds.completed === 0 && before?.bot === bot;
  return {
    bot,
    chainId: chain?.id ?? (isStarting ? before.chainId : undefined),
    wallet: wallet?.address ?? (isStarting ? before.wallet : undefined),
    pools: isStarting && pools.length === 0 ? before.pools : pools.map(({ address }) => address),
  };
}

/** Returns the state after a poll without a valid answer. */
export function unanswered(before: Watched, reason: string, nowMs: number): Watched {
  const { silence } = before;
  return {
    ...before,
    silence: { sinceMs: silence?.sinceMs ?? nowMs, polls: (silence?.polls ?? 0) + 1, reason },
  };
}

/** Two starts that are closer than this are the same start, reported by a clock that was set. */
const sameStartMs = 500;

/**
 * Returns the start times including this answer's. A start is recognised by the process's own start time,
 * converted to this machine's clock.
 */
function startsWith(
  { startsMs, answer }: Watched,
  status: BotStatus,
  { nowMs, aheadMs }: { nowMs: number; aheadMs: number },
): number[] {
  const kept = startsMs.filter(ms => nowMs - ms < dayMs || ms === startsMs.at(-1)).slice(-mostStarts);
  // This also holds where the bot's clock was set meanwhile, since a process reports the same start time for
  // its whole life.
  if (answer?.status.startedAt === status.startedAt) return kept;
  const startedMs = Date.parse(status.startedAt) - aheadMs;
  const last = kept.at(-1);
  if (last !== undefined && Math.abs(startedMs - last) < sameStartMs) return kept;
  return [...kept, Math.min(startedMs, nowMs)];
}
