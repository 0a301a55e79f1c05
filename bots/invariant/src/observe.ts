import type { Observation, Severity } from '@service-bots/core/alerts';
import type { Confirmation } from './confirm.ts';
import type { Verdict } from './evaluate.ts';
import type { Inspection } from './inspect.ts';
import type { PoolSettings } from './overrides.ts';
import type { InvariantPool } from './pool.ts';
import { type Quantity, show } from './quantity.ts';

/** Second opinions on critical findings, by check. */
export type Confirmations = ReadonlyMap<string, Confirmation>;

/** What people hear of one pool at one block: for each check that it fails, holds, or could not be decided. */
export function observationsOf(
  { view, verdicts }: Inspection,
  confirmations: Confirmations,
  nowMs: number,
): Observation[] {
  const { pool, now, closer } = view;
  return verdicts.flatMap(verdict => {
    const { check, result } = verdict;
    const about = { check: check.name, pool: pool.address };
    const undecided: Observation = {
      check: 'check-indeterminate',
      pool: pool.address,
      subject: check.name,
      ...(result.outcome === 'indeterminate'
        ? {
            failing: true,
            message: `${pool.name}: ${check.name} could not be decided at block ${now.block.number}: ${result.reason}`,
            data: {
              block: now.block.number,
              hash: now.block.hash,
              reproduce: reproduce(pool, now.block.number, check.name),
            },
          }
        : { failing: false }),
    };
    if (muteOf(pool.settings, check.name, nowMs)) return [];
    if (result.outcome === 'holds')
      return [{ ...about, failing: false }, undecided, ...headroomObservations(pool, verdict)];
    if (result.outcome !== 'fails') return [undecided];
    const confirmation = confirmations.get(check.name);
    const severity = severityOf(verdict, confirmation);
    const by = result.by ? ` (${result.by.name} ${show(result.by, pool.decimals)})` : '';
    const doubt = confirmation && !confirmation.confirmed ? '; the endpoints do not agree' : '';
    return [
      {
        ...about,
        failing: true,
        ...(severity ? { severity } : {}),
        message: `${pool.name}: ${result.message}${by} at block ${now.block.number}${doubt}`,
        data: {
          poolName: pool.name,
          block: now.block.number,
          hash: now.block.hash,
          time: new Date(now.block.timestamp * 1000).toISOString(),
          formula: check.formula,
          by: result.by && show(result.by, pool.decimals),
          numbers: described(result.numbers, pool.decimals),
          changed: closer?.events?.map(
            ({ what, block, transaction }) => `${what}, block ${block}, ${transaction}`,
          ),
          ...(confirmation ? { secondOpinion: confirmation.text } : {}),
          reproduce: reproduce(pool, now.block.number, check.name),
        },
      },
      undecided,
    ];
  });
}

/** A critical finding that another endpoint's numbers do not bear out is somebody's work, but pages nobody. */
export function severityOf(
  { check, result }: Verdict,
  confirmation: Confirmation | undefined,
): Severity | undefined {
  if (result.outcome !== 'fails') return undefined;
  const severity = result.severity ?? check.severity;
  return severity === 'critical' && confirmation && !confirmation.confirmed ? 'error' : severity;
}

/** The mute that holds for a check now, if one does. */
export function muteOf({ mutes }: PoolSettings, check: string, nowMs: number) {
  return mutes.find(mute => mute.check === check && nowMs <= mute.until);
}

/** The command that shows the same check at the same block, step by step. */
export function reproduce({ address }: Pick<InvariantPool, 'address'>, block: number, check: string): string {
  return `pnpm invariant check --pool ${address} --block ${block} --check ${check}`;
}

/** Numbers as text with their units, by name, in their order. */
function described(numbers: readonly Quantity[], decimals: number): Record<string, string> {
  return Object.fromEntries(
    numbers.map(number => [
      number.name,
      number.how === undefined ? show(number, decimals) : `${show(number, decimals)} = ${number.how}`,
    ]),
  );
}

function headroomObservations(pool: InvariantPool, { check, result }: Verdict): Observation[] {
  const limit = pool.settings.warnBelow[check.name];
  if (limit === undefined || result.outcome !== 'holds' || result.headroom?.part === undefined) return [];
  const { left, part } = result.headroom;
  const about = { check: 'low-headroom', pool: pool.address, subject: check.name };
  if (part >= limit) return [{ ...about, failing: false }];
  const percent = (value: bigint) => show({ value, unit: 'ratio' }, 18);
  return [
    {
      ...about,
      failing: true,
      message: `${pool.name}: ${check.name} has ${show(left, pool.decimals)} left, ${percent(part)}; the warning level is ${percent(limit)}`,
    },
  ];
}
