import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { withDeadline } from '../clock/index.ts';
import { BotError } from '../errors/index.ts';
import type { Bot, BotContext, Discovery, Target } from './bot.ts';
import { endUnwatched } from './endings.ts';
import type { Status } from './status.ts';

/**
 * Asks a bot what to look after.
 * @param known what it found before
 * @throws what the bot throws, and BotError when it takes longer than a round may
 */
export function discover<S extends z.ZodObject, T extends Target>(
  bot: Bot<S, T>,
  ctx: BotContext<z.output<S>>,
  known: readonly T[],
  withinMs: number,
): Promise<Discovery<T>> {
  const late = () =>
    new BotError(`discovery did not end within ${withinMs / 1000} s (ROUND_TIMEOUT_SECONDS)`);
  return withDeadline(bot.discover(ctx, known), withinMs, late);
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
