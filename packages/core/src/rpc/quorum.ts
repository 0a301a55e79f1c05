import { BotError } from '../errors/index.ts';
import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** The answer of one endpoint. */
export interface Opinion {
  endpoint: string;
  /** The result, or why there is none. */
  result?: unknown;
  error?: string;
}

/**
 * Thrown when too few endpoints agree. It carries the answer of each endpoint, so that a person can see which
 * one differs.
 */
export class QuorumFailed extends BotError {
  readonly opinions: readonly Opinion[];

  constructor(method: string, need: number, opinions: readonly Opinion[]) {
    const said = opinions
      .map(({ endpoint, error }) => `${endpoint} ${error ?? 'gave another result'}`)
      .join('; ');
    super(`fewer than ${need} endpoints agree on ${method}: ${said}`);
    this.opinions = opinions;
  }
}

/**
 * Reads a value on which several endpoints have to agree, for decisions that page people.
 * @param need how many endpoints have to return the same result
 * @param among how many endpoints are asked, the best first
 * @returns the result, and the endpoints that differed
 * @throws QuorumFailed when too few agree
 */
export async function readWithQuorum(
  provider: FailoverProvider,
  method: string,
  params: unknown[],
  need: number,
  among: number,
): Promise<{ result: unknown; dissent: Opinion[] }> {
  const opinions = await Promise.all(
    provider.health
      .ranked()
      .slice(0, among)
      .map(endpoint => opinionOf(provider, endpoint, method, params)),
  );
  const votes = new Map<string, Opinion[]>();
  for (const opinion of opinions) {
    if (opinion.error !== undefined) continue;
    const key = JSON.stringify(opinion.result);
    votes.set(key, [...(votes.get(key) ?? []), opinion]);
  }
  const largest = [...votes.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  if (largest.length < need) throw new QuorumFailed(method, need, opinions);
  return { result: largest[0]?.result, dissent: opinions.filter(opinion => !largest.includes(opinion)) };
}

async function opinionOf(
  provider: FailoverProvider,
  endpoint: Endpoint,
  method: string,
  params: unknown[],
): Promise<Opinion> {
  try {
    const answer = await provider.askOne(endpoint, method, params);
    if ('result' in answer) return { endpoint: endpoint.label, result: answer.result };
    return { endpoint: endpoint.label, error: `answered: ${answer.error.message}` };
  } catch (error) {
    return { endpoint: endpoint.label, error: (error as Error).message };
  }
}
