import type { Condition, Finding } from './condition.ts';
import { duration, moment } from './words.ts';

const windowMs = 10 * 60_000;
const mostStarts = 3;

/** Finds bots that were started more than three times within ten minutes. */
export const restarts: Condition = ({ watched, nowMs }) =>
  watched.flatMap(({ target, startsMs, answer }): Finding[] => {
    if (!answer) return [];
    const about = { check: 'bot-restarting', subject: target.id } as const;
    const recent = startsMs.filter(ms => nowMs - ms < windowMs);
    if (recent.length <= mostStarts) return [{ ...about, failing: false }];
    const first = recent[0] ?? nowMs;
    return [
      {
        ...about,
        failing: true,
        severity: 'error',
        patienceMs: 0,
        message: `${target.id} was started ${recent.length} times within ${duration(windowMs)}, first at ${moment(first)}. Each start costs it the time until its first round, and a fault that ends it repeats. First read the last lines of its log before each start (crashed, cannot-start, round-stuck); then go back to the image before.`,
      },
    ];
  });
