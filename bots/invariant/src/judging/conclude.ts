import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { severityOf } from '../checks/verdict.ts';
import { type InvariantConfig, pausesPools } from '../config.ts';
import { muteOf } from '../pools/InvariantPool.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import { observationsOf } from '../reporting/observationsOf.ts';
import type { Transitions } from '../reporting/Transitions.ts';
import { type Confirmations, crossCheck, type Operators } from './crossCheck.ts';
import { decidePause, pauseObservations } from './decidePause.ts';
import type { Inspection } from './inspect.ts';
import type { Pauser } from './Pauser.ts';

type Context = BotContext<InvariantConfig>;

/** A pool as checked at one block. */
interface CheckedPool {
  inspection: Inspection;
  confirmations: Confirmations;
  /** Whether the block is the head: an older block pauses nothing. */
  isNewest: boolean;
}

/** The collected conclusions. */
export interface Consequences {
  transitions: Transitions;
  /** The observations about all pools at the block: together, so that each cause is one alert. */
  observations: Observation[];
  pauser: Pauser;
  /** Pools, by address, with a possible reason for a pause: to be checked again in a block after this one. */
  recheck: Map<string, number>;
}

/**
 * Determines the observations about a pool, stores its state, and starts a pause where one is wanted. It
 * waits for nothing: the observations are sent at once.
 */
export function conclude(
  ctx: Context,
  { inspection, confirmations, isNewest }: CheckedPool,
  { transitions, observations, pauser, recheck }: Consequences,
): void {
  const { watched, view, verdicts } = inspection;
  const nowMs = ctx.clock.now();
  const { INVARIANT_PAUSE_ON: pauseOn } = ctx.config;
  const decision = pauseOn && decidePause(inspection, { confirmations, pauseOn, nowMs });
  observations.push(
    ...transitions.news([
      ...observationsOf(inspection, confirmations, nowMs),
      ...(decision && isNewest && pausesPools(ctx.config) ? pauseObservations(watched, decision) : []),
    ]),
  );
  watched.remember(view.now, verdicts, view.diagnostics?.events);
  if (!decision) return;
  const { block } = view.now;
  if (decision.what === 'pause' && isNewest) pauser.pause(ctx, watched, decision.because);
  else if ('because' in decision && (decision.what === 'look-again' || !isNewest))
    recheck.set(watched.address, block.number);
  // A lasting failure is compared with the block in which it began.
  if (decision.what === 'look-again')
    watched.suspected = { block: block.number, checks: decision.because, view };
  else if (decision.what === 'leave' || decision.what === 'doubt') watched.suspected = undefined;
}

/** Cross-checks all critical findings at a block with other endpoints. A finding that lasts is confirmed once. */
export async function crossCheckCritical(
  ctx: Pick<Context, 'provider' | 'reader' | 'clock'>,
  {
    block,
    inspections,
    operators,
  }: { block: Block; inspections: readonly Inspection[]; operators: Operators },
): Promise<Map<WatchedPool, Confirmations>> {
  const nowMs = ctx.clock.now();
  const findings = inspections.flatMap(({ watched, view, verdicts }) => {
    const critical = verdicts.filter(verdict => severityOf(verdict) === 'critical').map(({ check }) => check);
    watched.keepConfirmed(critical.map(({ name }) => name));
    const checks = critical.filter(
      ({ name }) => !watched.confirmed.has(name) && !muteOf(watched.pool.settings, name, nowMs),
    );
    return checks.length > 0 ? [{ watched, view, checks }] : [];
  });
  const results = await crossCheck(ctx, { block, findings, operators });
  const isFinalAnyway = ctx.provider.endpoints.length === 1;
  const found = new Map(findings.map(({ watched }, i) => [watched, results[i]]));
  return new Map(
    inspections.map(({ watched }) => {
      const fresh = found.get(watched) ?? new Map<string, never>();
      const all = new Map([...watched.confirmed, ...fresh]);
      for (const [check, each] of fresh)
        if (each.settled || isFinalAnyway) watched.confirmed.set(check, each);
      return [watched, all];
    }),
  );
}
