import { withDeadline } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Block, Endpoint } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Check, View } from './checks/index.ts';
import { evaluate, type Verdict } from './evaluate.ts';
import { type Reread, reread } from './reread.ts';
import { severityOf } from './severity.ts';

/** What one endpoint's numbers come to. */
export interface Opinion {
  endpoint: string;
  says: string;
  /** Undefined when it could not be asked. */
  fails: boolean | undefined;
  /** Whether all that the check looked at came from this endpoint. */
  isItsOwn: boolean;
}

export interface Confirmation {
  /** No endpoint that could be asked differs: people are paged. */
  confirmed: boolean;
  /** Two endpoints have said so, each by itself: a pool may be paused. */
  certain: boolean;
  /** All were asked and agree: there is nobody left to ask again. */
  settled: boolean;
  /** For people. */
  text: string;
}

/** Checks that a pool fails critically. */
export interface Suspicion {
  view: View;
  checks: readonly Check[];
}

type Context = Pick<BotContext<unknown>, 'provider' | 'reader'>;

/** How many endpoints are asked; one that lies or is broken should page nobody. */
const asked = 2;
/** So long a critical finding waits for them; then people are paged all the same. */
const patienceMs = 5_000;

/**
 * Reads again, from each of the two best endpoints, all that the checks looked at, and runs them on what each endpoint
 * says. All pools and both endpoints at once. Never throws.
 * @returns by check, for each suspicion in their order
 */
export async function secondOpinions(
  ctx: Context,
  block: Block,
  suspicions: readonly Suspicion[],
): Promise<Map<string, Confirmation>[]> {
  const endpoints = ctx.provider.health.ranked().slice(0, asked);
  if (suspicions.length === 0 || endpoints.length < asked)
    return suspicions.map(({ checks }) => new Map(checks.map(({ name }) => [name, noSecond])));
  const answers = await Promise.all(endpoints.map(endpoint => ask(ctx, endpoint, block, suspicions)));
  return suspicions.map(
    ({ checks }, i) =>
      new Map(
        checks.map(check => [
          check.name,
          confirmation(
            endpoints.map(({ label }, k) => opinionOf(label, check, answers[k]?.[i] ?? 'was not asked')),
          ),
        ]),
      ),
  );
}

const noSecond: Confirmation = {
  confirmed: true,
  certain: false,
  settled: false,
  text: 'there is no second endpoint to ask',
};

/** What an endpoint said of each suspicion, or why it said nothing. */
async function ask(
  ctx: Context,
  endpoint: Endpoint,
  block: Block,
  suspicions: readonly Suspicion[],
): Promise<(Reread | string)[]> {
  const state = ctx.provider.health.stateOf(endpoint);
  // It is tried in the background until it works again; nobody has to wait for that.
  if (state === 'down' || state === 'rate-limited') return suspicions.map(() => 'is out of use');
  try {
    const late = () => new Error(`said nothing within ${patienceMs / 1000} s`);
    return await withDeadline(reread(ctx, endpoint, block, suspicions), patienceMs, late);
  } catch (error) {
    return suspicions.map(() => reasonOf(error));
  }
}

/** Runs one check on what an endpoint said. */
export function opinionOf(endpoint: string, check: Check, answer: Reread | string): Opinion {
  if (typeof answer === 'string') return { endpoint, says: answer, fails: undefined, isItsOwn: true };
  const { view, remembered } = answer;
  const isItsOwn = remembered === undefined || !check.comparesWith?.includes('history');
  const note = isItsOwn ? '' : ` (by the price that this bot remembers: ${remembered})`;
  const [verdict] = evaluate([check], view);
  const about = { endpoint, isItsOwn };
  const { says, fails } = verdict ? wordsOf(verdict) : { says: 'nothing', fails: undefined };
  return { ...about, says: `${says}${note}`, fails };
}

function wordsOf(verdict: Verdict): Pick<Opinion, 'says' | 'fails'> {
  const { result } = verdict;
  if (result.outcome === 'holds') return { says: 'the check holds', fails: false };
  if (result.outcome !== 'fails') return { says: result.reason, fails: undefined };
  const severity = severityOf(verdict, undefined);
  if (severity === 'critical') return { says: result.message, fails: true };
  return { says: `${result.message}, as ${severity}`, fails: false };
}

/** What several opinions come to. */
export function confirmation(opinions: readonly Opinion[]): Confirmation {
  return {
    confirmed: opinions.every(({ fails }) => fails !== false),
    certain: opinions.every(({ fails, isItsOwn }) => fails === true && isItsOwn),
    settled: opinions.every(({ fails }) => fails === true),
    text: opinions.map(({ endpoint, says }) => `${endpoint}: ${says}`).join('; '),
  };
}
