import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { type InvariantConfig, pausesPools } from './config.ts';
import { secondOpinions } from './confirm.ts';
import { decidePause, pauseObservations } from './decidePause.ts';
import type { Inspection } from './inspect.ts';
import { type Confirmations, muteOf, observationsOf } from './observe.ts';
import type { Pauser } from './pauser.ts';
import { severityOf } from './severity.ts';
import type { Transitions } from './transitions.ts';
import type { WatchedPool } from './watchedPool.ts';

type Context = BotContext<InvariantConfig>;

/** Where conclusions go. */
export interface Consequences {
  told: Transitions;
  pauser: Pauser;
  /** Addresses of pools that there is a reason to pause by what is not the newest block: to be looked at again there. */
  again: Set<string>;
}

/**
 * Tells people what was seen of a pool, remembers it, and has the pool paused where that is wanted. In this order: what
 * people have to hear waits for nothing that comes after.
 * @param isNewest whether the block is the head: what is older pauses nothing
 */
export function conclude(
  ctx: Context,
  inspection: Inspection,
  confirmations: Confirmations,
  isNewest: boolean,
  { told, pauser, again }: Consequences,
): void {
  const { watched, view, verdicts } = inspection;
  const nowMs = ctx.clock.now();
  const { INVARIANT_PAUSE_ON: pauseOn } = ctx.config;
  const decision = pauseOn && decidePause(inspection, confirmations, pauseOn, nowMs);
  const news = told.news([
    ...observationsOf(inspection, confirmations, nowMs),
    ...(decision && isNewest && pausesPools(ctx.config) ? pauseObservations(watched, decision) : []),
  ]);
  if (news.length > 0) ctx.observe(news);
  watched.remember(view.now, verdicts, view.closer?.events);
  const because = decision && 'because' in decision ? decision.because : [];
  if (because.length > 0 && !isNewest) again.add(watched.address);
  else if (decision?.what === 'pause') pauser.pause(ctx, watched, because);
}

/** Second opinions on all that seems critical at a block. A finding that lasts is confirmed once. */
export async function confirmCritical(
  ctx: Pick<Context, 'provider' | 'reader' | 'clock'>,
  block: Block,
  inspections: readonly Inspection[],
): Promise<Map<WatchedPool, Confirmations>> {
  const nowMs = ctx.clock.now();
  const suspicions = inspections.flatMap(({ watched, view, verdicts }) => {
    const critical = verdicts
      .filter(verdict => severityOf(verdict, undefined) === 'critical')
      .map(({ check }) => check);
    watched.keepConfirmed(critical.map(({ name }) => name));
    const checks = critical.filter(
      ({ name }) => !watched.confirmed.has(name) && !muteOf(watched.pool.settings, name, nowMs),
    );
    return checks.length > 0 ? [{ watched, view, checks }] : [];
  });
  const opinions = await secondOpinions(ctx, block, suspicions);
  const isFinalAnyway = ctx.provider.endpoints.length === 1;
  const found = new Map(suspicions.map(({ watched }, i) => [watched, opinions[i]]));
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
