import type { Severity } from '@service-bots/core/alerts';
import type { Watched } from '../polling/watched.ts';

/** After this time a missing invariant bot is as bad as a missing checkpoint bot. */
const invariantPatienceMs = 15 * 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** The loss while a bot does no work, by the kind of bot. */
const losses: Readonly<Record<string, string>> = {
  checkpoint:
    'No checkpoint is minted by it: matured positions wait, and a checkpoint that is minted late uses a later share price.',
  invariant: 'No invariant is checked by it: a pool that becomes insolvent is not noticed and not paused.',
  keeper:
    'No round is committed or settled by it: a missed anchor shifts the schedule, and a draw is lost 255 blocks after its commit.',
};

/** Returns the kind of a bot by its own status, or by its name before it has answered. */
export function kindOf({ answer, target, known }: Watched): string {
  return answer?.status.bot ?? known?.bot ?? target.name.split('-')[0] ?? target.name;
}

/** Returns the meaning for money while the bot does no work. */
export function lossOf(watched: Watched): string {
  return losses[kindOf(watched)] ?? 'The work of this bot is not done.';
}

/**
 * Returns the severity while a bot does no work. A checkpoint bot is critical at once, an invariant bot after
 * 15 minutes. The severity of a keeper depends on the time until its next due action.
 * @param forMs the time without work
 */
export function severityWithout(watched: Watched, nowMs: number, forMs: number): Severity {
  switch (kindOf(watched)) {
    case 'checkpoint':
      return 'critical';
    case 'invariant':
      return forMs >= invariantPatienceMs ? 'critical' : 'error';
    case 'keeper':
      return severityWithoutKeeper(watched, nowMs);
    default:
      return 'error';
  }
}

function severityWithoutKeeper({ answer }: Watched, nowMs: number): Severity {
  const dues = answer?.status.pools.flatMap(({ next }) => (next ? [next.at] : [])) ?? [];
  // The next anchor is unknown, or a draw has to be settled within blocks.
  if (dues.length === 0 || dues.some(at => !Number.isFinite(Date.parse(at)))) return 'critical';
  const leftMs = Math.min(...dues.map(at => Date.parse(at))) - nowMs;
  if (leftMs < hourMs) return 'critical';
  return leftMs < dayMs ? 'error' : 'warning';
}

/** Returns whether another copy of the same bot does its work. */
export function hasActiveCopy(watched: Watched, all: readonly Watched[]): boolean {
  return all.some(
    ({ target, answer, silence }) =>
      target.id !== watched.target.id &&
      target.name === watched.target.name &&
      silence === undefined &&
      answer?.status.healthy === true &&
      answer.status.standingBy === undefined,
  );
}
