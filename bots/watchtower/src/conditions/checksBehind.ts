import { figure, maybe } from '@service-bots/core/botStatus';
import { z } from 'zod';
import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { ownAlert } from './ownAlert.ts';

const detailsSchema = z.object({ checked: maybe(figure(0)), waiting: maybe(figure(0)) });

/** Finds invariant bots whose last checked block is too far behind the head. */
export const checksBehind: Condition = deployment =>
  deployment.watched.flatMap(({ target, answer, silence }): Finding[] => {
    const status = answer?.status;
    if (!status || silence || status.bot !== 'invariant' || !status.head) return [];
    const { checked, waiting = 0 } = detailsSchema.safeParse(status.details ?? {}).data ?? {};
    if (checked === undefined) return [];
    const about = { check: 'checks-behind', subject: target.id } as const;
    const behind = Math.max(waiting, 0);
    if (behind <= deployment.mostBlocksBehind) return [{ ...about, failing: false }];
    return [
      {
        ...about,
        failing: true,
        severity: 'error',
        patienceMs: untilNextLook(deployment),
        message: `${target.id} is ${behind} blocks behind: the last checked block is ${checked} and the head that it has seen is ${status.head.number}. A pool that fails an invariant in one of these blocks is noticed and paused as much later. First look at its RPC endpoints: latency, limits, breaker.`,
        raisedByBot: ownAlert(status, ['falling-behind']),
      },
    ];
  });
