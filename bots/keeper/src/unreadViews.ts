import type { Observation } from '@service-bots/core/alerts';
import type { CheckedPool } from './poolChecks.ts';

/** How the keeper continues without a view, by the beginning of its name. */
const without: readonly (readonly [string, string])[] = [
  ['nextExecutable', 'what is due is taken from the states and times of the rounds'],
  ['currentRoundId', 'the open round is taken from nextExecutable()'],
  [
    'getRoundInfo',
    'for that round the keeper relies on nextExecutable(), and cannot see whether it is overdue',
  ],
];
const withoutTime = {
  open: 'the schedule of the round is not checked, and it is committed when nextExecutable() says so, or tried at the anchor',
  earlier: 'whether the pool still moves (pool-stalled) may not be checked',
};

/** No view is necessary to act, but a check that needs a view does not run without it. */
export function unreadViews({ state, name }: CheckedPool): Observation {
  const check = 'view-unread';
  const { unread, current } = state;
  const [first] = unread;
  if (!first) return { check, failing: false };
  const timeOfOpen = `getCommitAfterTime(${current})`;
  const isAboutActing = unread.some(
    ({ view }) => !view.startsWith('getCommitAfterTime') || view === timeOfOpen,
  );
  const meaning = (view: string) =>
    without.find(([start]) => view.startsWith(start))?.[1] ??
    (view === timeOfOpen ? withoutTime.open : withoutTime.earlier);
  const message = unread.map(({ view, reason }) => `${view} (${reason}): ${meaning(view)}`).join('; ');
  return {
    check,
    failing: true,
    severity: isAboutActing ? 'error' : 'warning',
    message: `${name} cannot be read completely: ${message}`,
    data: { views: unread.map(({ view }) => view) },
  };
}
