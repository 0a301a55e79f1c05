import type { Watched } from '../polling/watched.ts';
import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { lossOf, severityWithout } from './importance.ts';
import { ownAlert } from './ownAlert.ts';
import { duration, moment } from './words.ts';

/** The tolerance for network delay and small clock differences. */
const graceMs = 5_000;

/** Finds bots whose next round is not completed by the deadline that the bot itself stated. */
export const roundLate: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const { answer, silence, target } = watched;
    if (!answer || silence) return [];
    const about = { check: 'round-late', subject: target.id } as const;
    if (!isRoundLate(watched, deployment.nowMs)) return [{ ...about, failing: false }];
    const { status } = answer;
    const lastMs = Date.parse(status.rounds.last?.at ?? status.startedAt);
    const idleMs = deployment.nowMs - lastMs;
    return [
      {
        ...about,
        failing: true,
        patienceMs: untilNextLook(deployment),
        severity: severityWithout(watched, deployment.nowMs, idleMs),
        message: `${target.id} answers and completes no round: the last one was at ${moment(lastMs)}, ${duration(idleMs)} ago, and the next was due by ${moment(Date.parse(status.rounds.lateAfter ?? ''))}. ${lossOf(watched)} First read its log for the step that does not end; a restart is safe.`,
        raisedByBot: ownAlert(status, ['round-failed', 'rpc-unreachable', 'round-stuck']),
      },
    ];
  });

/**
 * Returns whether a bot's round is late, by the bot's own clock, since its deadline is stated by that clock.
 */
export function isRoundLate({ answer, clock }: Watched, nowMs: number): boolean {
  if (!answer) return false;
  const { rounds, standingBy } = answer.status;
  if (rounds.lateAfter === undefined || standingBy !== undefined) return false;
  return nowMs + (clock?.aheadMs ?? 0) > Date.parse(rounds.lateAfter) + graceMs;
}
