import type { BotStatus } from '@service-bots/core/botStatus';
import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { lossOf, severityWithout } from './importance.ts';
import { ownAlert } from './ownAlert.ts';
import { isRoundLate } from './roundLate.ts';
import { moment } from './words.ts';

/** A bot that has just started has completed no round yet. */
const startPatienceMs = 120_000;
const ownChecks = [
  'rpc-unreachable',
  'chain-standstill',
  'round-failed',
  'discovery-failed',
  'state-unusable',
  'cannot-start',
];

/** Finds bots that answer and report that they do not do their work. */
export const unhealthy: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const { answer, silence, target } = watched;
    if (!answer || silence) return [];
    const { status, atMs } = answer;
    const about = { check: 'bot-unhealthy', subject: target.id } as const;
    const ageMs = deployment.nowMs - (watched.startsMs.at(-1) ?? deployment.nowMs);
    const isStarting = status.rounds.completed === 0 && ageMs < startPatienceMs;
    // A late round has its own alert.
    if (status.healthy || isStarting || isRoundLate(watched, deployment.nowMs))
      return [{ ...about, failing: false }];
    return [
      {
        ...about,
        failing: true,
        patienceMs: untilNextLook(deployment),
        severity: severityWithout(watched, deployment.nowMs, forMs(status, atMs)),
        message: `${target.id} is not healthy: ${reasonOf(status)}. ${lossOf(watched)} First read its open alerts and its log.`,
        raisedByBot: ownAlert(status, ownChecks),
      },
    ];
  });

function reasonOf({ rounds, standsStillSince, standingBy }: BotStatus): string {
  if (standsStillSince) return `it sees no new block since ${moment(Date.parse(standsStillSince))}`;
  if (standingBy) return 'it stands by, and does not look any more whether it may take over';
  if (rounds.last) return `its last completed round was at ${moment(Date.parse(rounds.last.at))}`;
  return `it has completed no round since its start${rounds.failed > 0 ? ` (${rounds.failed} failed)` : ''}`;
}

function forMs({ rounds, standsStillSince, startedAt }: BotStatus, nowMs: number): number {
  return nowMs - Date.parse(standsStillSince ?? rounds.last?.at ?? startedAt);
}
