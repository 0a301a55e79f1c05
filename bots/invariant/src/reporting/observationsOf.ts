import type { Observation } from '@service-bots/core/alerts';
import type { Check, Result, View } from '../checks/index.ts';
import type { Verdict } from '../checks/verdict.ts';
import { sentenceOf, severityOf } from '../checks/verdict.ts';
import type { Confirmation, Confirmations } from '../judging/crossCheck.ts';
import type { Inspection } from '../judging/inspect.ts';
import { type InvariantPool, muteOf, type PoolSettings, vaultOf } from '../pools/InvariantPool.ts';
import type { Snapshot } from '../readings/index.ts';
import { type Quantity, show } from '../readings/quantity.ts';

/**
 * Returns the observations about one pool at one block: for each check whether it fails or holds, and the
 * checks that could not be decided.
 */
export function observationsOf(
  { view, verdicts }: Inspection,
  confirmations: Confirmations,
  nowMs: number,
): Observation[] {
  const { pool } = view;
  const unmuted = verdicts.filter(({ check }) => !muteOf(pool.settings, check.name, nowMs));
  return [
    ...unmuted.flatMap(verdict => {
      const { check, result } = verdict;
      if (result.outcome === 'fails')
        return [
          {
            ...finding(view, { check, result }, confirmations.get(check.name)),
            ...named(causeOf(pool, verdict, verdicts)),
          },
        ];
      const holds: Observation = { check: check.name, pool: pool.address, failing: false };
      const isOver = result.outcome === 'skipped' && result.isOver === true;
      return result.outcome === 'holds' || isOver ? [holds, ...headroomObservations(view, verdict)] : [];
    }),
    undecided(
      view,
      unmuted.filter(verdict => isOwnCase(verdict, pool.settings, nowMs)),
    ),
  ];
}

/**
 * Returns whether no other alert reports it: a check that leaves its case to another check does not repeat
 * it, unless that check is muted.
 */
function isOwnCase({ result }: Verdict, settings: PoolSettings, nowMs: number): boolean {
  const see = 'see' in result ? result.see : undefined;
  return see === undefined || muteOf(settings, see, nowMs) !== undefined;
}

/** Returns all that a person needs to judge a finding, without further requests. */
function finding(
  view: View,
  verdict: Verdict & { result: Extract<Result, { outcome: 'fails' }> },
  confirmation: Confirmation | undefined,
): Observation {
  const { pool, now } = view;
  const { check, result } = verdict;
  const { number, hash, timestamp } = now.block;
  const severity = severityOf(verdict, confirmation);
  const isDoubtful = confirmation && !confirmation.confirmed;
  // A milder finding explains itself in its message.
  const isWorst = severity === (check.worst ?? check.severity);
  const advice = isWorst ? `. Impact: ${check.impact}. First: ${check.firstStep}` : '';
  const end = isDoubtful ? '; the numbers may be false, since the endpoints do not agree' : advice;
  return {
    check: check.name,
    pool: pool.address,
    failing: true,
    ...(severity ? { severity } : {}),
    message: `${pool.name}: ${sentenceOf(result, pool.decimals)} at block ${number}${end}`,
    // Channels cut a long text at its end, so the longest part comes last.
    data: {
      poolName: pool.name,
      vault: vaultOf(pool),
      block: number,
      hash,
      time: new Date(timestamp * 1000).toISOString(),
      by: result.by && show(result.by, pool.decimals),
      comparedWith: comparedWith(view, result),
      reproduce: reproduce(view, verdict),
      ...(confirmation ? { secondOpinion: confirmation.text } : {}),
      changed: changedBy(view, verdict),
      formula: check.formula,
      numbers: described(result.numbers, pool.decimals),
    },
  };
}

const named = (cause: string | undefined) => (cause === undefined ? {} : { cause });

/** The number of events since the compared block that an alert names; the command names all. */
const mostEvents = 20;

function changedBy(view: View, { check, result }: Verdict): string | string[] {
  const { diagnostics, before, now } = view;
  const events = diagnostics?.events;
  const { number } = now.block;
  const looked = (before?.block.number ?? number - 1) + 1;
  const since = (comparedWith(view, result) ?? looked - 1) + 1;
  if (!events)
    return `unknown: the events could not be read; look ${range(since, number)}${earlierTrades(view, check)}`;
  // The value to compare with may be older than the blocks whose events were read, and a rate may have been
  // moved earlier.
  if (events.length === 0 && (since < looked || check.isOverCheckpoint))
    return [
      `no transaction with the pool ${range(looked, number)}; look ${range(since, number)}${earlierTrades(view, check)}`,
    ];
  const earlier = events.length - mostEvents;
  return [
    ...(earlier > 0 ? [`${earlier} events before these`] : []),
    ...events
      .slice(-mostEvents)
      .map(({ what, block, transaction }) => `${what}, block ${block}, ${transaction}`),
  ];
}

/** `in block 7`, or `in blocks 5 to 7`. */
function range(from: number, to: number): string {
  return from >= to ? `in block ${to}` : `in blocks ${from} to ${to}`;
}

/**
 * The rate is compared with its average over the checkpoint: any trade since its beginning may have moved it.
 */
function earlierTrades({ now, pool }: View, check: Check): string {
  if (!check.isOverCheckpoint) return '';
  const began = now.block.timestamp - (now.block.timestamp % pool.checkpointDuration);
  return `, then for trades since the checkpoint began at ${new Date(began * 1000).toISOString()}`;
}

/** Returns the block of the compared numbers, or the block since which the events are listed. */
function comparedWith({ before }: View, { against }: Result): number | undefined {
  return against ?? before?.block.number;
}

/** Returns one observation for each pool: a single fault of the pool usually prevents several checks. */
function undecided(view: View, verdicts: readonly Verdict[]): Observation {
  const { pool, now } = view;
  const about = { check: 'check-indeterminate', pool: pool.address };
  // If the case is left to another check here, that check is muted.
  const isUndecided = ({ outcome, ...rest }: Result) =>
    outcome === 'indeterminate' || (outcome === 'skipped' && 'see' in rest && rest.see !== undefined);
  const first = verdicts.find(({ result }) => isUndecided(result));
  const reasons = verdicts.flatMap(({ check, result }) =>
    'reason' in result && isUndecided(result) ? [[check.name, result.reason] as const] : [],
  );
  if (!first) return { ...about, failing: false };
  const { number, hash } = now.block;
  const cause = causeOfSilence(pool, now);
  const names = reasons.map(([name]) => name).join(', ');
  return {
    ...about,
    failing: true,
    ...named(cause),
    message: `${pool.name}: ${names} could not be decided at block ${number}: ${reasons[0]?.[1]}. A violation is not noticed meanwhile. First: find this reason in the runbook`,
    data: {
      poolName: pool.name,
      block: number,
      hash,
      reasons: Object.fromEntries(reasons),
      comparedWith: comparedWith(view, first.result),
      reproduce: reproduce(view, first),
    },
  };
}

/** Returns the command that reproduces the result, step by step. */
function reproduce(view: View, { check, result }: Verdict): string {
  const { pool, now } = view;
  const earlier = comparedWith(view, result);
  const against = earlier === undefined ? '' : ` --against ${earlier}`;
  return `pnpm invariant check --pool ${pool.address} --block ${now.block.number}${against} --check ${check.name}`;
}

/** Returns numbers as text with their units, by name, in their order. */
function described(numbers: readonly Quantity[], decimals: number): Record<string, string> {
  return Object.fromEntries(
    numbers.map(number => [
      number.name,
      number.how === undefined ? show(number, decimals) : `${show(number, decimals)} = ${number.how}`,
    ]),
  );
}

function headroomObservations(view: View, verdict: Verdict): Observation[] {
  const { pool } = view;
  const { check, result } = verdict;
  const limit = pool.settings.warnBelow[check.name];
  if (limit === undefined) return [];
  const about = { check: 'low-headroom', pool: pool.address, subject: check.name };
  // A check with nothing left to fail on cannot come close to its limit.
  if (result.outcome !== 'holds') return [{ ...about, failing: false }];
  const { left, part } = result.headroom;
  if (part === undefined) return [];
  if (part >= limit) return [{ ...about, failing: false }];
  const percent = (value: bigint) => show({ value, unit: 'ratio' }, 18);
  return [
    {
      ...about,
      failing: true,
      message: `${pool.name}: ${check.name} has ${show(left, pool.decimals)} left before it fails, ${percent(part)}; the warning level is ${percent(limit)}`,
      data: { poolName: pool.name, block: view.now.block.number, reproduce: reproduce(view, verdict) },
    },
  ];
}

/**
 * Returns the cause of a finding outside the pool itself: pools with one vault lose together when the vault
 * loses. Returns undefined where nothing points to the vault.
 * @param all verdicts of the pool at the block
 */
export function causeOf(
  pool: InvariantPool,
  { check, result }: Verdict,
  all: readonly Verdict[],
): string | undefined {
  // A shortage that the loss explains lasts for weeks after the loss: it stays one alert for all pools of the
  // vault.
  if (result.outcome === 'fails' && result.isByVault) return causeIn(pool);
  const hasFallen = all.some(each => each.check.vaultLoss === 'shows' && each.result.outcome === 'fails');
  return hasFallen && check.vaultLoss !== undefined ? causeIn(pool) : undefined;
}

/** Returns the cause for a pool that cannot be judged while its vault does not answer. */
function causeOfSilence(pool: InvariantPool, { vaultSharePrice }: Snapshot): string | undefined {
  return vaultSharePrice.ok ? undefined : causeIn(pool);
}

function causeIn(pool: InvariantPool): string | undefined {
  const vault = vaultOf(pool);
  return vault === undefined ? undefined : `vault ${vault}`;
}
