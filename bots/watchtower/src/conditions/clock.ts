import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { kindOf } from './importance.ts';
import { duration } from './words.ts';

/** Finds bots whose clock differs from the watchtower's by more than the network delay explains. */
export const clock: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const { target, answer, silence, clock: known } = watched;
    if (!answer || silence || !known) return [];
    const about = { check: 'bot-clock', subject: target.id } as const;
    const { aheadMs, uncertainMs } = known;
    if (Math.abs(aheadMs) - uncertainMs <= deployment.clockToleranceMs) return [{ ...about, failing: false }];
    const direction = aheadMs > 0 ? 'ahead of' : 'behind';
    return [
      {
        ...about,
        failing: true,
        // A keeper holds commits by its wall clock, so a wrong clock is worse there.
        severity: kindOf(watched) === 'keeper' ? 'error' : 'warning',
        patienceMs: untilNextLook(deployment),
        message: `The clock of ${target.id} (host ${answer.status.host}) is ${duration(aheadMs)} ${direction} the watchtower's. A keeper with a wrong clock misses its anchor by as much, and times in logs and alerts do not fit. First run \`chronyc tracking\` or \`timedatectl\` on both machines: either clock may be the wrong one.`,
        raisedByBot: answer.status.openAlerts.find(
          ({ check, lastSent }) => check === 'clock-skew' && lastSent,
        ),
      },
    ];
  });
