import type { GaugeReading } from '@service-bots/core/runtime';
import { formatUnits } from 'ethers';
import type { Verdict } from '../checks/verdict.ts';
import { muteOf, vaultOf } from '../pools/InvariantPool.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import { decimalsOf, show } from '../readings/quantity.ts';

/** Returns a pool's details for `/status`: each check, and its distance to a failure. */
export function detailsOf({ last, pool, history }: WatchedPool, nowMs: number): Record<string, unknown> {
  return {
    kind: pool.kind,
    version: pool.version,
    vault: vaultOf(pool),
    block: last?.snapshot.block.number,
    pricesKnownSince: iso(history.moments[0]?.time),
    checks: Object.fromEntries(
      (last?.verdicts ?? []).map(({ check, result }) => {
        const mute = muteOf(pool.settings, check.name, nowMs);
        return [
          check.name,
          {
            outcome: result.outcome,
            why: 'reason' in result ? result.reason : 'message' in result ? result.message : undefined,
            headroom:
              'headroom' in result && result.headroom ? show(result.headroom.left, pool.decimals) : undefined,
            headroomPart: partOf({ check, result }),
            muted: mute && `until ${new Date(mute.until).toISOString()}: ${mute.reason}`,
          },
        ];
      }),
    ),
  };
}

const states = { holds: 1, fails: 0, indeterminate: -1 } as const;

/** Returns the same as metrics, for `/metrics`. */
export function gaugesOf(
  pools: readonly WatchedPool[],
  { behind, skipped }: { behind: number; skipped: number },
): GaugeReading[] {
  const perPool = pools.flatMap(({ pool, last }) =>
    (last?.verdicts ?? []).flatMap(verdict => {
      const { check, result } = verdict;
      const labels = { pool: pool.address, check: check.name };
      const readings: GaugeReading[] = [];
      if (result.outcome !== 'skipped')
        readings.push({
          name: 'invariant_check_state',
          help: '1 holds, 0 fails, -1 could not be decided',
          labels,
          value: states[result.outcome],
        });
      if (!('headroom' in result) || !result.headroom) return readings;
      const { left, part } = result.headroom;
      readings.push({
        name: 'invariant_headroom',
        help: 'How far a pool is from failing a check, in the unit of the check',
        labels: { ...labels, unit: left.unit },
        value: Number(formatUnits(left.value, decimalsOf(left.unit, pool.decimals))),
      });
      if (part !== undefined)
        readings.push({
          name: 'invariant_headroom_ratio',
          help: 'The same as a part of what it is measured by',
          labels,
          value: Number(part) / 1e18,
        });
      return readings;
    }),
  );
  return [
    ...perPool,
    { name: 'invariant_blocks_waiting', help: 'Blocks that wait to be checked', labels: {}, value: behind },
    {
      name: 'invariant_blocks_skipped',
      help: 'Blocks that were not checked since the start',
      labels: {},
      value: skipped,
    },
  ];
}

/** `12.3 %` */
function partOf({ result }: Verdict): string | undefined {
  if (!('headroom' in result) || result.headroom?.part === undefined) return undefined;
  return `${(Number(result.headroom.part) / 1e16).toFixed(4)} %`;
}

function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}
