import type { z } from 'zod';
import type { Alerter } from '../../alerts/index.ts';
import { withDeadline } from '../../clock/index.ts';
import type { Bot, BotContext, Discovery, Target } from '../bot.ts';
import { Overdue } from '../process/Progress.ts';
import type { Status } from '../status/Status.ts';
import { resolveUnwatchedAlerts } from './resolveStaleAlerts.ts';

interface DiscoverOptions<T extends Target> {
  /** The targets that the bot found before. @default none */
  known?: readonly T[];
  /** The deadline, in ms. */
  withinMs: number;
  /** Called when the bot's own work ends, even after the deadline. */
  onEnded?(): void;
}

/**
 * Asks a bot for its targets.
 * @throws the error of the bot, or Overdue when the discovery misses its deadline
 */
export async function discover<S extends z.ZodObject, T extends Target>(
  bot: Bot<S, T>,
  ctx: BotContext<z.output<S>>,
  { known = [], withinMs, onEnded }: DiscoverOptions<T>,
): Promise<Discovery<T>> {
  const late = () =>
    new Overdue(
      `discovery did not end within ${Math.round(withinMs / 1000)} s (ROUND_TIMEOUT_SECONDS, or less when something is due)`,
    );
  const work = bot.discover(ctx, known);
  void work.catch(() => undefined).finally(onEnded);
  return withDeadline(work, withinMs, late);
}

/**
 * Applies a discovery: `/status` shows its targets from now on, and alerts about other pools are resolved.
 */
export function applyDiscovery(
  { targets, observations }: Discovery<Target>,
  { status, alerter }: { status: Status; alerter: Alerter },
): void {
  status.setTargets(targets);
  resolveUnwatchedAlerts(alerter, targets, observations);
  alerter.observe([{ check: 'discovery-failed', failing: false }, ...observations]);
}
