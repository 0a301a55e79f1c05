import { BotError } from '../errors/index.ts';
import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** What one endpoint said. */
export interface Opinion {
  endpoint: string;
  /** The result, or why there is none. */
  result?: unknown;
  error?: string;
}

/** Too few endpoints agree. It carries what each of them said, so that a person can see who differs. */
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
 * One read that several endpoints have to agree on, for decisions that get people out of bed.
 * @param need how many have to give the same result
 * @param among how many are asked; the best in order
 * @returns the result, and who differed
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
