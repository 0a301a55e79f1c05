import type { Observation } from '@service-bots/core/alerts';
import { checkNames } from '../checks/index.ts';
import { muteOf } from '../reporting/observationsOf.ts';
import type { InvariantPool } from './InvariantPool.ts';

/**
 * Returns the observations that end alerts which operators have silenced for a pool: muted checks, warning
 * levels that are not set, and pauses where the bot pauses nothing. These are not checked again, so an open
 * alert about them would never end.
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
