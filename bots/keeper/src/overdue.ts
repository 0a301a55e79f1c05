import type { Observation } from '@service-bots/core/alerts';
import { byHand } from './byHand.ts';
import type { CheckedPool } from './CheckedPool.ts';
import { planCommit } from './commitPlan.ts';
import { settleToleranceBlocks } from './deadline.ts';
import { settleWindowBlocks } from './prizePool.ts';
import { knownRounds } from './snapshot.ts';
import { iso } from './texts.ts';

interface Late {
  severity: 'critical' | 'error';
  message: string;
  data: Record<string, unknown>;
}

/**
 * Finds actions that should have been done and are not, by the rounds' own states and times: even if nothing
 * failed.
 */
export function overdue(pool: CheckedPool): Observation {
  const check = 'overdue';
  const late = [...lateDraws(pool), ...lateCommit(pool)];
  const [first] = late;
  if (!first) return { check, failing: false };
  return {
    check,
    failing: true,
    severity: late.some(({ severity }) => severity === 'critical') ? 'critical' : 'error',
    message: late.map(({ message }) => message).join('; '),
    data: first.data,
    ...(pool.waitsForPrice
      ? { cause: 'the gas price' }
      : pool.cannotSend
        ? { cause: 'the keeper cannot send' }
        : {}),
  };
}

function lateDraws({ state, head, name, address }: CheckedPool): Late[] {
  return knownRounds(state).flatMap(({ number: round, state: is, targetBlock }): Late[] => {
    if (is !== 'committed') return [];
    const passed = head.number - targetBlock;
    if (passed <= settleToleranceBlocks) return [];
    const left = settleWindowBlocks - passed;
    const end =
      left > 0
        ? `its draw is lost in ${left} blocks`
        : 'its draw is lost, and its tickets can be redeemed only once it is settled as failed';
    const hand = byHand(address, { kind: 'settle', round });
    return [
      {
        severity: left > 0 ? 'critical' : 'error',
        message: `round ${round} of ${name} is not settled ${passed} blocks after its target; ${end}; by hand: ${hand}`,
        data: { round, target: targetBlock, head: head.number },
      },
    ];
  });
}

function lateCommit(pool: CheckedPool): Late[] {
  const { state, head, anchor, policy, name, address } = pool;
  const { due, open, current, eligibleAt } = state;
  const asked = due?.action === 'commit' ? due.round : undefined;
  // The contract's `nextExecutable` is one sign; the open round's state and time are the other.
  if (asked === undefined && open?.state !== 'open') return [];
  const round = asked ?? current;
  const dueAt = commitDueAt(pool);
  if (dueAt === undefined) return [];
  const late = Math.floor(head.timestamp - dueAt);
  if (late <= commitPatience(pool)) return [];
  const heals = anchor ? dueAt + policy.leadSeconds : undefined;
  const isHealing = heals !== undefined && head.timestamp <= heals;
  const parts = [
    `round ${round} of ${name} was due to be committed at ${iso(dueAt)} and is not committed ${late} s later`,
    ...(due?.action === 'none' ? ['its contract asks for nothing (nextExecutable() says None)'] : []),
    ...(pool.waitsForPrice
      ? ['the keeper waits for a lower gas price, and sends the commit by itself while there is time']
      : []),
    ...(isHealing ? [missedUnless(heals)] : []),
    `by hand: ${byHand(address, { kind: 'commit', round })}`,
  ];
  return [
    {
      // While the keeper waits for a lower price on purpose, no person has to act.
      severity: anchor && !pool.waitsForPrice ? 'critical' : 'error',
      message: parts.join('; '),
      data: { round, dueAt, eligibleAt },
    },
  ];
}

/** Returns the cost of a commit that is not mined in time, in words. */
export function missedUnless(until: number): string {
  return `the anchor is missed for good (the schedule shifts, or the round waits a week for the next) unless it is mined by ${iso(until)}`;
}

/**
 * Returns when the commit of the open round is due, seconds since 1970; undefined where that cannot be
 * determined.
 */
export function commitDueAt({
  state: { eligibleAt },
  anchor,
  policy,
  now,
}: Pick<CheckedPool, 'state' | 'anchor' | 'policy' | 'now'>): number | undefined {
  if (!anchor) return eligibleAt;
  return planCommit(anchor, { eligibleAt: eligibleAt ?? now - policy.leadSeconds, now, policy }).fireAt;
}

/**
 * Returns the seconds that a commit may be due and not done; for a schedule never more than half of the time
 * that is left to save it.
 */
export function commitPatience({
  anchor,
  policy,
  overdueSeconds,
}: Pick<CheckedPool, 'anchor' | 'policy' | 'overdueSeconds'>): number {
  return anchor ? Math.min(overdueSeconds, policy.leadSeconds / 2) : overdueSeconds;
}
