import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { withDeadline } from '../clock/index.ts';
import type { Bot, BotContext, Discovery, Target } from './bot.ts';
import { endUnwatched } from './endings.ts';
import { Overdue } from './Progress.ts';
import type { Status } from './status.ts';

/**
 * Asks a bot what to look after.
 * @param known what it found before
 * @param onEnded told when the bot's own work ends, be it after the deadline
 * @throws what the bot throws, and Overdue when it takes longer than a round may
 */
export async function discover<S extends z.ZodObject, T extends Target>(
  bot: Bot<S, T>,
  ctx: BotContext<z.output<S>>,
  known: readonly T[],
  withinMs: number,
  onEnded?: () => void,
): Promise<Discovery<T>> {
  const late = () =>
    new Overdue(
      `discovery did not end within ${Math.round(withinMs / 1000)} s (ROUND_TIMEOUT_SECONDS, or less when something is due)`,
    );
  const work = bot.discover(ctx, known);
  void work.catch(() => undefined).finally(onEnded);
  return withDeadline(work, withinMs, late);
}

/** From now on what was found is what `/status` shows, and all that pools' alerts are about. */
export function adopt(
  { targets, observations }: Discovery<Target>,
  { status, alerter }: { status: Status; alerter: Alerter },
): void {
  status.setTargets(targets);
  endUnwatched(alerter, targets, observations);
  alerter.observe([{ check: 'discovery-failed', failing: false }, ...observations]);
}
