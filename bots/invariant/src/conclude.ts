import type { Observation } from '@service-bots/core/alerts';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { InvariantConfig } from './config.ts';
import { confirm } from './confirm.ts';
import type { Inspection } from './inspect.ts';
import { type Confirmations, muteOf, observationsOf, severityOf } from './observe.ts';
import { notPaused, pause } from './pause.ts';

type Context = Pick<
  BotContext<InvariantConfig>,
  'config' | 'clock' | 'logger' | 'provider' | 'reader' | 'sender'
>;

/**
 * Remembers what was seen, asks for second opinions, tells people, and pauses where that is wanted.
 * @param isNewest whether the block is the head: what is older pauses nothing
 */
export async function conclude(
  ctx: Context,
  inspection: Inspection,
  isNewest: boolean,
): Promise<{ observations: Observation[]; actions: ActionDone[] }> {
  const { watched, view, verdicts } = inspection;
  const nowMs = ctx.clock.now();
  const confirmations = await confirmCritical(ctx, inspection, nowMs);
  watched.remember(view.now, verdicts);
  const observations = observationsOf(inspection, confirmations, nowMs);
  const reasons = verdicts
    .filter(verdict => severityOf(verdict, confirmations.get(verdict.check.name)) === 'critical')
    .map(({ check }) => check.name)
    .filter(
      check => ctx.config.INVARIANT_PAUSE_ON?.includes(check) && !muteOf(watched.pool.settings, check, nowMs),
    );
  const isPaused = view.now.market.ok && view.now.market.value.isPaused;
  if (reasons.length === 0 || isPaused || !isNewest) return { observations, actions: [] };
  const certain = reasons.filter(check => confirmations.get(check)?.certain);
  const pausing = certain.length > 0 ? await pause(ctx, watched, certain) : notPaused(watched, reasons);
  return { observations: [...observations, ...pausing.observations], actions: pausing.actions };
}

/** A finding that lasts is confirmed once. */
async function confirmCritical(
  ctx: Context,
  { watched, view, verdicts }: Inspection,
  nowMs: number,
): Promise<Confirmations> {
  const critical = verdicts.filter(verdict => severityOf(verdict, undefined) === 'critical');
  for (const check of watched.confirmed.keys())
    if (!critical.some(verdict => verdict.check.name === check)) watched.confirmed.delete(check);
  const all = new Map(watched.confirmed);
  for (const { check } of critical) {
    if (all.has(check.name) || muteOf(watched.pool.settings, check.name, nowMs)) continue;
    const confirmation = await confirm(ctx, view.now.block, check, view);
    all.set(check.name, confirmation);
    const isFinal = confirmation.certain || ctx.provider.endpoints.length === 1;
    if (confirmation.confirmed && isFinal) watched.confirmed.set(check.name, confirmation);
  }
  return all;
}
