import { chainOf } from '@service-bots/core/chains';
import type { Watched } from '../polling/watched.ts';
import type { Condition, Finding } from './condition.ts';
import { duration } from './words.ts';

const leastLagMs = 60_000;
const mostBlocksOfLag = 20;
/** Heads whose readings are further apart than this cannot be compared. */
const comparableMs = 10 * 60_000;
const patienceMs = 60_000;

/**
 * Finds bots of one chain that see different chains: another block at the same height, or a much older head.
 */
export const heads: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const own = headOf(watched);
    if (!own) return [];
    const others = deployment.watched.flatMap(other =>
      other.target.id === watched.target.id ? [] : (headOf(other) ?? []),
    );
    const same = others.filter(({ chainId }) => chainId === own.chainId);
    if (same.length === 0) return [];
    const about = { check: 'bot-heads', subject: watched.target.id } as const;
    const problem = problemWith(own, same);
    if (problem === undefined) return [{ ...about, failing: false }];
    const message = `${watched.target.id} ${problem}. It decides on what the chain was or never is, and may act late or in vain. First compare the endpoints of both bots with a block explorer; take the wrong one out of RPC_URL.`;
    return [{ ...about, failing: true, severity: 'error', patienceMs, message }];
  });

interface SeenHead {
  id: string;
  chainId: number;
  number: number;
  hash: string;
  /** The age of the block when the bot read it, in ms. The chain's own pace is the same for all bots. */
  ageMs: number;
  readAtMs: number;
}

function headOf({ target, answer, silence, clock }: Watched): SeenHead | undefined {
  const { chain, head, rounds, standingBy } = answer?.status ?? {};
  if (silence || standingBy || !chain || !head || !rounds?.last) return undefined;
  const readAtMs = Date.parse(rounds.last.at) - rounds.last.durationMs - (clock?.aheadMs ?? 0);
  const ageMs = readAtMs - Date.parse(head.time);
  return { id: target.id, chainId: chain.id, number: head.number, hash: head.hash, ageMs, readAtMs };
}

function problemWith(own: SeenHead, others: readonly SeenHead[]): string | undefined {
  const fork = others.find(({ number, hash }) => number === own.number && hash !== own.hash);
  if (fork)
    return `has another block ${own.number} (${own.hash}) than ${fork.id} (${fork.hash}) on chain ${own.chainId}`;
  const { blockTimeMs } = chainOf(own.chainId);
  const mostMs = Math.max(leastLagMs, mostBlocksOfLag * blockTimeMs);
  const fresher = others.find(
    ({ ageMs, readAtMs }) => own.ageMs - ageMs > mostMs && Math.abs(readAtMs - own.readAtMs) < comparableMs,
  );
  if (!fresher) return undefined;
  return `reads a head of chain ${own.chainId} that is ${duration(own.ageMs - fresher.ageMs)} older than what ${fresher.id} reads (block ${own.number} and block ${fresher.number})`;
}
