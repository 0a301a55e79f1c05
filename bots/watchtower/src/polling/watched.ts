import type { BotStatus } from '@service-bots/core/botStatus';
import type { Target } from '../targetList.ts';
import type { Answer } from './fetchStatus.ts';

/** What is known of one process that is watched. Times are milliseconds since 1970 on this machine's clock. */
export interface Watched {
  readonly target: Target;
  /** When it was asked for the first time since this watchtower started. */
  readonly askedSinceMs: number;
  /** The last valid answer; absent until there is one. */
  readonly answer: Answer | undefined;
  /** Since the last valid answer: how often it was asked in vain, and what was wrong the last time. */
  readonly silence: Silence | undefined;
  /** When the processes that were seen had started, the newest last, at most of the last 24 hours. */
  readonly startsMs: readonly number[];
  /** By how much its clock is ahead of this machine's, and how far off that figure may be. */
  readonly clock: { readonly aheadMs: number; readonly uncertainMs: number } | undefined;
  /** What the chain is read for, also after this watchtower was started anew while the bot is gone. */
  readonly known: Known | undefined;
  /** The chain that it was on when it was first seen. */
  readonly firstChainId: number | undefined;
}

/** What a bot said of itself last. */
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
    firstChainId: undefined,
  };
}

/** The process has answered. */
export function answered(before: Watched, answer: Answer): Watched {
  const { status, atMs, tookMs } = answer;
  const botTimeMs = status.time === undefined ? undefined : Date.parse(status.time);
  const clock = botTimeMs === undefined ? undefined : { aheadMs: botTimeMs - atMs, uncertainMs: tookMs / 2 };
  return {
    ...before,
    answer,
    silence: undefined,
    startsMs: startsWith(before, status, atMs, clock?.aheadMs ?? 0),
    clock,
    known: knownOf(before.known, status),
    firstChainId: before.firstChainId ?? status.chain?.id,
  };
}

/** A process that has just started does not state everything yet. */
function knownOf(before: Known | undefined, { bot, chain, wallet, pools, rounds }: BotStatus): Known {
  const isStarting = rounds.completed === 0 && before?.bot === bot;
  return {
    bot,
    chainId: chain?.id ?? (isStarting ? before.chainId : undefined),
    wallet: wallet?.address ?? (isStarting ? before.wallet : undefined),
    pools: isStarting && pools.length === 0 ? before.pools : pools.map(({ address }) => address),
  };
}

/** The process was asked, and there was no valid answer. */
export function unanswered(before: Watched, reason: string, nowMs: number): Watched {
  const { silence } = before;
  return {
    ...before,
    silence: { sinceMs: silence?.sinceMs ?? nowMs, polls: (silence?.polls ?? 0) + 1, reason },
  };
}

/** Two starts that are so near to each other are one, told by a clock that was set. */
const sameStartMs = 500;

/** A start is recognised by the process's own start time, on this machine's clock. */
function startsWith(
  { startsMs, answer }: Watched,
  status: BotStatus,
  nowMs: number,
  aheadMs: number,
): number[] {
  const kept = startsMs.filter(ms => nowMs - ms < dayMs || ms === startsMs.at(-1)).slice(-mostStarts);
  // Also where its clock was set meanwhile, since a bot tells the same start time for as long as it lives.
  if (answer?.status.startedAt === status.startedAt) return kept;
  const startedMs = Date.parse(status.startedAt) - aheadMs;
  const last = kept.at(-1);
  if (last !== undefined && Math.abs(startedMs - last) < sameStartMs) return kept;
  return [...kept, Math.min(startedMs, nowMs)];
}
