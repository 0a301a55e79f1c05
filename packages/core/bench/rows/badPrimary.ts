import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faults } from '@service-bots/devnet';
import { type CallResult, failedOf, load, timed } from '../calls.ts';
import type { Client } from '../contestant.ts';
import type { Cell } from '../rig.ts';
import { duration, type Figure, type Row } from '../row.ts';

const calls = 80;
const warmUpCalls = 5;
const nobody = `0x${'11'.repeat(20)}`;

const errors: readonly (readonly [what: string, fault: Fault])[] = [
  ['refuses connections', faults.refuse],
  ['resets connections', faults.reset],
  ['HTTP 500', faults.http500],
  ['HTTP 429', faults.rateLimit],
  ['HTTP 429, Retry-After 5', faults.rateLimitRetryAfter(5)],
  ['−32005 (rate limit)', faults.rpc32005],
  ['−32603 (internal error)', faults.rpc32603],
  ['garbage', faults.garbage],
  ['HTML', faults.html],
  ['empty body', faults.empty],
  ['truncated body', faults.truncated],
];

/** The primary fails for good, and the other endpoint is in order. */
export const badPrimaryRows: readonly Row[] = [
  {
    what: 'primary hangs while running: 1st / 20th call; failed; requests it gets in 80 calls',
    demand: '≤ 750 / 50 ms; 0; ≤ 10',
    measure: cell => whileRunning(cell, faults.hang, 750),
  },
  { what: 'primary hangs at start-up: 1st call', demand: '≤ 1,200 ms', measure: atStartUp },
  ...errors.map(
    ([what, fault]): Row => ({
      what: `primary: ${what}: the same`,
      demand: '≤ 150 / 50 ms; 0; ≤ 10',
      measure: cell => whileRunning(cell, fault, 150),
    }),
  ),
  {
    what: '150 calls at once while the primary hangs: failed; requests it gets',
    demand: '0; < 150',
    measure: burst,
  },
];

/**
 * Reads one balance after the other; the primary fails from one of them on. A balance that is not the
 * account's is a failure.
 */
export async function whileRunning(
  { primary, connect }: Cell,
  fault: Fault,
  firstLimitMs: number,
  mostRequests = 10,
): Promise<Figure> {
  const client = await connect();
  const read = async () => {
    const balanceWei = await client.balance(nobody);
    if (balanceWei !== 0n) throw new Error(`a balance of ${balanceWei}, not 0`);
  };
  await load(read, { calls: warmUpCalls });
  await primary.setFault(fault);
  primary.resetCounts();
  const outcomes = await load(read, { calls });
  const requests = primary.httpRequests;
  const [first, twentieth, failed] = [outcomes[0], outcomes[19], failedOf(outcomes)];
  const met =
    isWithin(first, firstLimitMs) &&
    isWithin(twentieth, 50) &&
    failed === 0 &&
    outcomes.length === calls &&
    requests <= mostRequests;
  const times = `${shown(first)} / ${shown(twentieth)}`;
  // Requests to a closed port cannot be counted.
  const asked = fault.name === faults.refuse.name ? 'not seen' : requests;
  return { text: `${times}; ${share(failed, outcomes)}; ${asked}`, met };
}

async function atStartUp({ primary, connect }: Cell): Promise<Figure> {
  await primary.setFault(faults.hang);
  const outcome = await timed(async () => (await connect()).balance(nobody));
  return { text: shown(outcome), met: isWithin(outcome, 1_200) };
}

async function burst({ primary, connect }: Cell): Promise<Figure> {
  const client: Client = await connect();
  await load(() => client.balance(nobody), { calls: warmUpCalls });
  await primary.setFault(faults.hang);
  primary.resetCounts();
  const outcomes = await load(() => client.balance(nobody), { calls: 150, concurrency: 150 });
  // The requests under way have left by now.
  await delay(100);
  const failed = failedOf(outcomes);
  const requests = primary.httpRequests;
  return { text: `${share(failed, outcomes)}; ${requests}`, met: failed === 0 && requests < 150 };
}

const isWithin = (outcome: CallResult | undefined, limitMs: number) =>
  outcome?.ok === true && outcome.ms <= limitMs;

function shown(outcome: CallResult | undefined): string {
  if (outcome === undefined) return '—';
  if (outcome.timedOut) return `> ${duration(outcome.ms)}`;
  return outcome.ok ? duration(outcome.ms) : 'failed';
}

/** Returns how many calls failed, and of how many when the time ran out before all were made. */
function share(failed: number, outcomes: readonly CallResult[]): string {
  return failed === 0 && outcomes.length >= calls ? '0' : `${failed} of ${outcomes.length}`;
}
