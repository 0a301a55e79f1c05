import type { Watched } from '../polling/watched.ts';
import type { Condition, Deployment, Finding } from './condition.ts';
import { hasActiveCopy, lossOf, severityWithout } from './importance.ts';
import { duration, hostOf, moment } from './words.ts';

/** A single lost answer may be the network's fault; two in a row are the bot's. */
const silentPolls = 2;
/** The bots of a deployment start together. */
const startPatienceMs = 60_000;

/** Finds bots that give no valid answer: the process is gone, frozen or cut off. */
export const unreachable: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const { silence, target, answer, askedSinceMs } = watched;
    const about = { check: 'bot-unreachable', subject: target.id } as const;
    if (!silence) return answer ? [{ ...about, failing: false }] : [];
    const isNew = answer === undefined && deployment.nowMs - askedSinceMs < startPatienceMs;
    if (isNew || silence.polls < silentPolls) return [];
    return [{ ...about, failing: true, patienceMs: 0, ...described(watched, deployment) }];
  });

function described(watched: Watched, { watched: all, nowMs }: Deployment) {
  const { target, answer, silence } = watched;
  const { sinceMs = nowMs, polls = 0, reason = 'no answer' } = silence ?? {};
  const replaced = hasActiveCopy(watched, all);
  const last = answer
    ? `It last answered at ${moment(answer.atMs)}.`
    : 'It has not answered since the watchtower started.';
  const meaning = replaced
    ? 'Another copy of it does the work, and nothing takes over from that copy now.'
    : lossOf(watched);
  return {
    severity: replaced ? ('warning' as const) : severityWithout(watched, nowMs, nowMs - sinceMs),
    message: `${target.id} gives no valid answer at ${hostOf(target.url)} since ${moment(sinceMs)} (${duration(nowMs - sinceMs)}, ${polls} looks): ${reason}. ${last} ${meaning} First read its log; then restart it.`,
  };
}
