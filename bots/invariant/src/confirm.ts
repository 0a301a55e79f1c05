import { reasonOf } from '@service-bots/core/errors';
import type { Block, Endpoint } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Check, View } from './checks/index.ts';
import { evaluate } from './evaluate.ts';
import { readSnapshots } from './snapshot.ts';

/** What one endpoint's numbers come to. */
export interface Opinion {
  endpoint: string;
  says: string;
  /** Undefined when it could not be asked. */
  fails: boolean | undefined;
}

export interface Confirmation {
  /** No endpoint that could be asked differs: people are paged. */
  confirmed: boolean;
  /** Two endpoints have said so: a pool may be paused. */
  certain: boolean;
  /** For people. */
  text: string;
}

/** How many endpoints are asked; one that lies or is broken should page nobody. */
const asked = 2;

/** Reads the same block again from each of the two best endpoints, and runs the check on what each of them says. */
export async function confirm(
  { provider, reader }: Pick<BotContext<unknown>, 'provider' | 'reader'>,
  block: Block,
  check: Check,
  view: View,
): Promise<Confirmation> {
  const endpoints = provider.health.ranked().slice(0, asked);
  if (endpoints.length < asked)
    return { confirmed: true, certain: false, text: 'there is no second endpoint to ask' };
  const opinionOf = async (endpoint: Endpoint): Promise<Opinion> => {
    const about = { endpoint: endpoint.label };
    try {
      const checkpoints = view.now.pastCheckpoints.ok ? view.now.pastCheckpoints.value : [];
      const question = { pool: view.pool, checkpoints: checkpoints.map(({ time }) => time) };
      const [now] = await readSnapshots(provider, reader.via(endpoint), block, [question]);
      const [verdict] = now ? evaluate([check], { ...view, now }) : [];
      const result = verdict?.result;
      if (result?.outcome === 'fails') return { ...about, says: result.message, fails: true };
      if (result?.outcome === 'holds') return { ...about, says: 'the check holds', fails: false };
      return { ...about, says: result?.reason ?? 'nothing', fails: undefined };
    } catch (error) {
      return { ...about, says: reasonOf(error), fails: undefined };
    }
  };
  const opinions = await Promise.all(endpoints.map(opinionOf));
  const confirmed = opinions.every(({ fails }) => fails !== false);
  const certain = opinions.every(({ fails }) => fails === true);
  const text = opinions.map(({ endpoint, says }) => `${endpoint}: ${says}`).join('; ');
  return { confirmed, certain, text };
}
