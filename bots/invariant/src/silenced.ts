import type { Observation } from '@service-bots/core/alerts';
import { checkNames } from './checks/index.ts';
import { muteOf } from './observe.ts';
import type { InvariantPool } from './pool.ts';

/**
 * What operators do not want to hear of a pool any more: the checks that are muted, warning levels that are not given,
 * and pauses where the bot pauses nothing. Nobody looks at it again, so that what was told of it would stay open for ever.
 */
export function silenced(
  { address: pool, settings }: Pick<InvariantPool, 'address' | 'settings'>,
  pausesPools: boolean,
  nowMs: number,
): Observation[] {
  const over = (check: string, ended: string): Observation => ({ check, pool, failing: false, ended });
  return [
    ...checkNames.flatMap(check => {
      const mute = muteOf(settings, check, nowMs);
      const why = mute && `muted until ${new Date(mute.until).toISOString()}: ${mute.reason}`;
      const isLevelGiven = settings.warnBelow[check] !== undefined;
      return [
        ...(why ? [over(check, why)] : []),
        ...(why || !isLevelGiven
          ? [{ ...over('low-headroom', why ?? 'there is no warning level for it any more'), subject: check }]
          : []),
      ];
    }),
    ...(pausesPools ? [] : ['pause-failed', 'cannot-pause']).map(check =>
      over(check, 'this bot pauses no pools any more'),
    ),
  ];
}
