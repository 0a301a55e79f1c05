import { withDeadline } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Block, Endpoint } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { evaluate } from '../checks/evaluate.ts';
import type { Check, View } from '../checks/index.ts';
import { sentenceOf, severityOf, type Verdict } from '../checks/verdict.ts';
import { show } from '../readings/quantity.ts';
import { changeOf } from '../readings/shortsLedger.ts';
import { type CriticalFinding, type Refetched, refetch } from './refetch.ts';

/** The result of the checks with one endpoint's numbers. */
export interface EndpointResult {
  endpoint: string;
  says: string;
  /** Undefined when it did not answer. */
  fails: boolean | undefined;
  /** Whether all inputs of the check came from this endpoint. */
  isItsOwn: boolean;
  /** Its operator: endpoints of one operator cannot confirm each other. */
  operator: string;
}

export interface Confirmation {
  /** No endpoint contradicts the failure, or more endpoints confirm it than contradict it: the alert pages. */
  confirmed: boolean;
  /** Endpoints of two operators have confirmed it, each separately: a pool may be paused. */
  certain: boolean;
  /** All endpoints were asked and agree: no endpoint is left to ask again. */
  settled: boolean;
  /** For people. */
  text: string;
}

/** The cross-checks of critical findings, by check. */
export type Confirmations = ReadonlyMap<string, Confirmation>;

type Context = Pick<BotContext<unknown>, 'provider' | 'reader'>;

/** The critical findings at a block. */
interface Question {
  block: Block;
  findings: readonly CriticalFinding[];
  operators: Operators;
}

/** By an endpoint's label. */
export type Operators = ReadonlyMap<string, string>;

/**
 * The number of endpoints that are asked at first, so that a single endpoint with false numbers pages no
 * person.
 */
const asked = 2;
/**
 * A further endpoint decides where these differ, or where one does not answer. A single endpoint with false
 * numbers must not prevent a page either.
 */
const askedWhereInDoubt = 3;
/**
 * The longest wait of a critical finding for these endpoints, and for the deciding one; after it the alert
 * pages anyway.
 */
const patienceMs = 5_000;

/**
 * Reads all inputs of the checks again, from the best endpoint and the best of another operator, and runs the
 * checks on each endpoint's answers; where they disagree, also on those of a third. All pools and both
 * endpoints are read at once. Never throws.
 * @returns by check, for each finding in their order
 */
export async function crossCheck(
  ctx: Context,
  { block, findings, operators }: Question,
): Promise<Map<string, Confirmation>[]> {
  const ranked = othersFirst(ctx.provider.health.ranked(), operators);
  const endpoints = ranked.slice(0, asked);
  if (findings.length === 0 || endpoints.length < asked)
    return findings.map(({ checks }) => new Map(checks.map(({ name }) => [name, noSecond])));
  const found = await endpointResultsOf(ctx, endpoints, { block, findings, operators });
  const doubtful = findings.filter((_, i) => [...(found[i]?.values() ?? [])].some(isInDoubt));
  const more = await endpointResultsOf(ctx, ranked.slice(asked, askedWhereInDoubt), {
    block,
    findings: doubtful,
    operators,
  });
  return findings.map((finding, i) => {
    const further = more[doubtful.indexOf(finding)];
    return new Map(
      [...(found[i] ?? [])].map(([check, results]) => [
        check,
        confirmation(isInDoubt(results) ? [...results, ...(further?.get(check) ?? [])] : results),
      ]),
    );
  });
}

/** Returns each endpoint's result for each finding, in their order. */
async function endpointResultsOf(
  ctx: Context,
  endpoints: readonly Endpoint[],
  { block, findings, operators }: Question,
): Promise<Map<string, EndpointResult[]>[]> {
  if (findings.length === 0) return [];
  const answers = await Promise.all(endpoints.map(endpoint => ask(ctx, endpoint, { block, findings })));
  return findings.map(
    ({ checks }, i) =>
      new Map(
        checks.map(check => [
          check.name,
          endpoints.map(({ label }, k) => ({
            ...endpointResultOf(label, check, answers[k]?.[i] ?? 'was not asked'),
            operator: operatorOf(operators, label),
          })),
        ]),
      ),
  );
}

const operatorOf = (operators: Operators, label: string) => operators.get(label) ?? label;
const operatorsIn = (results: readonly EndpointResult[]) =>
  new Set(results.map(({ operator }) => operator)).size;

/** Sorts the best endpoint first, then the best of each other operator, then the rest. */
function othersFirst(ranked: readonly Endpoint[], operators: Operators): Endpoint[] {
  const firsts = ranked.filter(
    ({ label }, i) =>
      ranked.findIndex(other => operatorOf(operators, other.label) === operatorOf(operators, label)) === i,
  );
  return [...firsts, ...ranked.filter(endpoint => !firsts.includes(endpoint))];
}

/** Returns whether a further endpoint could decide: some see a failure, and some do not. */
function isInDoubt(results: readonly EndpointResult[]): boolean {
  return results.some(({ fails }) => fails === true) && results.some(({ fails }) => fails !== true);
}

const noSecond: Confirmation = {
  confirmed: true,
  certain: false,
  settled: false,
  text: 'there is no second endpoint to ask',
};

/** Returns an endpoint's answer for each finding, or the reason for its silence. */
async function ask(
  ctx: Context,
  endpoint: Endpoint,
  { block, findings }: Pick<Question, 'block' | 'findings'>,
): Promise<(Refetched | string)[]> {
  const state = ctx.provider.health.stateOf(endpoint);
  // The provider tries this endpoint in the background until it works again; this request does not wait for
  // it.
  if (state === 'down' || state === 'rate-limited') return findings.map(() => 'is out of use');
  try {
    const late = () => new Error(`did not answer within ${patienceMs / 1000} s`);
    return await withDeadline(refetch(ctx, endpoint, { block, findings }), patienceMs, late);
  } catch (error) {
    return findings.map(() => reasonOf(error));
  }
}

/** Runs one check on an endpoint's answers. */
export function endpointResultOf(
  endpoint: string,
  check: Check,
  answer: Refetched | string,
): Omit<EndpointResult, 'operator'> {
  if (typeof answer === 'string') return { endpoint, says: answer, fails: undefined, isItsOwn: true };
  const { view, remembered } = answer;
  const isByPast = remembered !== undefined && check.needs?.includes('history') === true;
  const isByEvents = restsOnEvents(check, view);
  const isItsOwn = !isByPast && !isByEvents;
  const notes = [
    ...(isByPast ? [` (by the price that this bot remembers: ${remembered})`] : []),
    ...(isByEvents ? [' (by the events that this bot has counted)'] : []),
  ];
  const note = notes.join('');
  const [verdict] = evaluate([check], view);
  const about = { endpoint, isItsOwn };
  const { says, fails } = verdict
    ? wordsOf(verdict, view.pool.decimals)
    : { says: 'nothing', fails: undefined };
  return { ...about, says: `${says}${note}`, fails };
}

/**
 * Returns whether a verdict depends on the events that this bot has counted, which may come from a single
 * endpoint. It does not when no event could explain the shortage: there was no loss, or the shortage exceeds it.
 */
function restsOnEvents(check: Check, view: View): boolean {
  const { shortsLedger: ledger, openShorts } = view.diagnostics ?? {};
  if (!check.needs?.includes('shortsLedger') || !ledger || 'unknown' in ledger) return false;
  const { vaultSharePrice: c } = view.now;
  const hasLost = !openShorts || !c.ok || openShorts.some(({ openingPrice }) => openingPrice > c.value);
  if (!hasLost && ledger.base.isExact && changeOf(ledger) === 0n) return false;
  const unknown = { unknown: 'they are left out' };
  const diagnostics = { events: undefined, openShorts, ...view.diagnostics, shortsLedger: unknown };
  const verdicts = evaluate([check], { ...view, diagnostics });
  return !verdicts.some(verdict => severityOf(verdict) === 'critical');
}

function wordsOf(verdict: Verdict, decimals: number): Pick<EndpointResult, 'says' | 'fails'> {
  const { result } = verdict;
  if (result.outcome === 'holds')
    return { says: `the check holds (${show(result.headroom.left, decimals)} left)`, fails: false };
  if (result.outcome !== 'fails') return { says: result.reason, fails: undefined };
  const sentence = sentenceOf(result, decimals);
  const severity = severityOf(verdict);
  if (severity === 'critical') return { says: sentence, fails: true };
  return { says: `${sentence}, as ${severity}`, fails: false };
}

/** Combines the results of several endpoints. */
export function confirmation(results: readonly EndpointResult[]): Confirmation {
  const seen = results.filter(({ fails }) => fails === true);
  const unseen = results.filter(({ fails }) => fails === false);
  const confirmed = unseen.length === 0 || seen.length > unseen.length;
  return {
    confirmed,
    certain: confirmed && operatorsIn(seen.filter(({ isItsOwn }) => isItsOwn)) >= asked,
    settled: results.every(({ fails }) => fails === true),
    text: results.map(({ endpoint, says }) => `${endpoint}: ${says}`).join('; '),
  };
}
