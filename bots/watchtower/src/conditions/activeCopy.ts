import type { Watched } from '../polling/watched.ts';
import type { Condition, Finding } from './condition.ts';
import { lossOf, severityWithout } from './importance.ts';

/** A copy takes over within seconds of the active copy's end. */
const patienceMs = 60_000;

/** Finds bots whose answering copies all stand by: the active copy is gone, frozen, or not watched. */
export const activeCopy: Condition = ({ watched, nowMs }) =>
  [...new Set(watched.map(({ target }) => target.name))].flatMap((name): Finding[] => {
    const copies = watched.filter(
      ({ target, answer, silence }) => target.name === name && answer && !silence,
    );
    const [first] = copies;
    if (!first) return [];
    const about = { check: 'no-active-copy', subject: name } as const;
    if (copies.some(({ answer }) => answer?.status.standingBy === undefined))
      return [{ ...about, failing: false }];
    return [
      {
        ...about,
        failing: true,
        severity: severityWithout(first, nowMs, patienceMs),
        patienceMs,
        message: `Every copy of ${name} that answers is on standby (${copies.map(({ target }) => target.id).join(', ')}); the lease is held by ${holderOf(first)}, which is not among them. ${lossOf(first)} First look whether that process still works; if it is frozen, end it, and a copy takes over. If it is healthy, add it to WATCHTOWER_TARGETS.`,
      },
    ];
  });

function holderOf({ answer }: Watched): string {
  const holder = answer?.status.standingBy?.heldBy;
  return holder ? `${holder.host} (process ${holder.pid})` : 'a process that is not known';
}
