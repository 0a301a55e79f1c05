import type { BotStatus } from '@service-bots/core/botStatus';
import { chainOf } from '@service-bots/core/chains';
import { hasActiveCopy, kindOf, severityWithout } from '../conditions/importance.ts';
import { isRoundLate } from '../conditions/roundLate.ts';
import { duration } from '../conditions/words.ts';
import type { Watched } from '../polling/watched.ts';
import type { BotView, Level } from './schema.ts';

/** Returns the view of each watched process, for the page. */
export function botsOf(watched: readonly Watched[], nowMs: number): BotView[] {
  return watched.map(each => botOf(each, watched, nowMs));
}

function botOf(watched: Watched, all: readonly Watched[], nowMs: number): BotView {
  const { target, answer, startsMs, silence } = watched;
  const status = answer?.status;
  const { level, state } = stateOf(watched, all, nowMs);
  const actions = status?.pools.flatMap(({ lastAction, name }) =>
    lastAction ? [{ ...lastAction, pool: name }] : [],
  );
  const last = actions?.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  return {
    id: target.id,
    kind: kindOf(watched),
    level,
    state,
    version: status?.version,
    host: status?.host,
    chain: status?.chain,
    head: status?.head?.number,
    upSince: silence === undefined ? status?.startedAt : undefined,
    lastAnswer: answer && new Date(answer.atMs).toISOString(),
    lastRound: status?.rounds.last?.at,
    lastAction: last && { what: last.what, at: last.at, pool: last.pool, link: linkOf(status, last) },
    next: status && nextOf(status),
    startsLastDay: startsMs.filter(ms => nowMs - ms < 86_400_000).length,
    pools: status?.pools.length ?? 0,
    dryRun: status?.dryRun ?? false,
    standsBy: status?.standingBy !== undefined,
  };
}

function stateOf(watched: Watched, all: readonly Watched[], nowMs: number): { level: Level; state: string } {
  const { answer, silence } = watched;
  if (silence) {
    const forMs = nowMs - silence.sinceMs;
    const level = hasActiveCopy(watched, all) ? 'warning' : severityWithout(watched, nowMs, forMs);
    return { level, state: `gives no valid answer for ${duration(forMs)}: ${silence.reason}` };
  }
  if (!answer) return { level: 'info', state: 'is asked for the first time' };
  const { standingBy, healthy, rounds, standsStillSince } = answer.status;
  if (isRoundLate(watched, nowMs))
    return { level: severityWithout(watched, nowMs, 0), state: 'answers and completes no round' };
  if (standingBy) {
    const { heldBy } = standingBy;
    return {
      level: 'ok',
      state: heldBy ? `stands by for ${heldBy.host} (process ${heldBy.pid})` : 'stands by',
    };
  }
  if (healthy) return { level: 'ok', state: 'works' };
  if (rounds.completed === 0 && nowMs - (watched.startsMs.at(-1) ?? 0) < 120_000)
    return { level: 'info', state: 'starts' };
  const level = severityWithout(watched, nowMs, 0);
  return { level, state: standsStillSince ? 'sees no new block' : 'is not healthy' };
}

/** Returns the soonest due action. An awaited block comes before any date. */
function nextOf({ pools }: BotStatus): BotView['next'] {
  const dues = pools.flatMap(({ next, name }) => (next ? [{ ...next, pool: name }] : []));
  return dues.sort((a, b) => orderOf(a.at) - orderOf(b.at))[0];
}

function orderOf(at: string): number {
  const ms = Date.parse(at);
  return Number.isFinite(ms) ? ms : 0;
}

/**
 * Returns the explorer link of a transaction. The explorer comes from the table of chains, since a link from
 * a status may lead anywhere.
 */
export function linkOf(
  status: BotStatus | undefined,
  { hash }: { hash?: string | undefined },
): string | undefined {
  const explorer = status?.chain && chainOf(status.chain.id).explorer;
  return explorer && hash && `${explorer}/tx/${hash}`;
}

export function addressLink(chainId: number | undefined, address: string): string | undefined {
  const explorer = chainId === undefined ? undefined : chainOf(chainId).explorer;
  return explorer && `${explorer}/address/${address}`;
}
