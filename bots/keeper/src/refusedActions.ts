import type { Observation } from '@service-bots/core/alerts';
import { byHand } from './byHand.ts';
import { isRunning, type Moment } from './deadline.ts';
import type { Action } from './decide.ts';
import { missedUnless } from './overdue.ts';
import { type Instant, isPaid, passedMs, type Setback, type Setbacks } from './Setbacks.ts';
import { duration, iso } from './texts.ts';

/** The inputs of the alert about refused actions of one pool. */
export interface RefusedPool {
  address: string;
  name: string;
  setbacks: Setbacks;
  /** All due actions, held back or not. */
  actions: readonly Action[];
  /** A commit that waits for its anchor, and the reason for its refusal. */
  rehearsal: { action: Action; refusal: string } | undefined;
  moment: Moment;
  now: Instant;
}

/** Seconds after which a refusal inside a deadline is critical: a person then has most of the time left. */
const urgentAfterSeconds = { settle: 5, commit: 15 };
/** A single success without an effect may be a reorg. */
const criticalFromRepeats = 2;

interface Refused {
  severity: 'critical' | 'error';
  message: string;
}

/** Returns one alert for each pool: all of its actions that the contract refuses, or that have no effect. */
export function refusedActions(pool: RefusedPool): Observation {
  const about = { check: 'quarantined', pool: pool.address };
  const refused = [...pool.actions.flatMap(action => refusedOf(pool, action) ?? []), ...rehearsed(pool)];
  if (refused.length === 0) return { ...about, failing: false };
  const named = refused.map(({ message }) => message).join('; ');
  const others = pool.actions.filter(action => !pool.setbacks.of(action));
  const unaffected = others.map(({ kind, round }) => `${kind} round ${round}`).join(', ');
  return {
    ...about,
    failing: true,
    severity: refused.some(({ severity }) => severity === 'critical') ? 'critical' : 'error',
    message: unaffected ? `${named}; ${unaffected} does not wait for it` : named,
    data: {
      actions: pool.actions.map(action => {
        const { kind, round } = action;
        const { tries, paid, reason } = pool.setbacks.of(action) ?? {};
        return { kind, round, tries, paid, reason };
      }),
    },
  };
}

function refusedOf(pool: RefusedPool, action: Action): Refused | undefined {
  const setback = pool.setbacks.of(action);
  if (!setback || setback.kind === 'retry' || setback.kind === 'price') return undefined;
  const { moment, now, setbacks, address } = pool;
  const isPressing = isRunning(action.deadline, moment);
  const nextMs = setbacks.heldForMs(action, isPressing, now);
  const parts = [
    `${setback.reason} (${triesOf(setback, now)})`,
    ...(isPressing ? [deadlineText(action, moment)] : []),
    nextMs > 0 ? `tried again in ${duration(Math.max(nextMs / 1000, 1))}` : 'tried again now',
    `by hand: ${byHand(address, action)}`,
  ];
  return { severity: severityOf(setback, { action, isPressing, now }), message: parts.join('; ') };
}

function severityOf(
  setback: Setback,
  { action, isPressing, now }: { action: Action; isPressing: boolean; now: Instant },
): Refused['severity'] {
  const { kind, paid } = setback;
  if (isPaid(kind))
    return paid >= criticalFromRepeats || (isPressing && kind === 'reverted') ? 'critical' : 'error';
  return isPressing && lastedSeconds(setback, now) >= urgentAfterSeconds[action.kind] ? 'critical' : 'error';
}

function rehearsed({ rehearsal, address, name }: RefusedPool): Refused[] {
  if (!rehearsal) return [];
  const { action, refusal } = rehearsal;
  const at = action.plan ? ` at its anchor ${iso(action.plan.fireAt)}` : '';
  const message = `commit round ${action.round} of ${name} is likely to be refused${at}: ${refusal}. If this does not change, commit by hand: ${byHand(address, action)}`;
  return [{ severity: 'error', message }];
}

function triesOf(setback: Setback, now: Instant): string {
  const { kind, tries, paid } = setback;
  const within = `within ${duration(lastedSeconds(setback, now))}`;
  if (isPaid(kind)) return `${paid} ${paid === 1 ? 'transaction' : 'transactions'} paid for ${within}`;
  return `${tries} ${tries === 1 ? 'try' : 'tries'} ${within}, nothing was sent`;
}

function lastedSeconds({ since }: Setback, now: Instant): number {
  return passedMs(since, now) / 1000;
}

/** Returns the deadline, and the loss when it is missed, in words. */
function deadlineText({ deadline }: Action, { head }: Moment): string {
  if (!deadline) return '';
  if ('lastBlock' in deadline) {
    const { lastBlock } = deadline;
    return `the draw is lost, and the round has no winner, after block ${lastBlock}, ${lastBlock - head.number} blocks from now`;
  }
  const left = Math.max(deadline.until - head.timestamp, 0);
  return `${missedUnless(deadline.until)}, ${duration(left)} from now`;
}
