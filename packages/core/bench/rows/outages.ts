import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faults } from '@service-bots/devnet';
import { failedOf, load, percentile, timed } from '../calls.ts';
import type { Cell } from '../rig.ts';
import { duration, type Figure, type Row } from '../row.ts';

const calls = 1_000;
const concurrency = 5;
/** The pause makes the load last for several flaps. */
const pauseMs = 20;
const flapMs = 500;
const downMs = 4_000;
const nobody = `0x${'11'.repeat(20)}`;

const anyError = [faults.http500, faults.reset, faults.garbage].map(fault => ({ weight: 1, fault }));
const thirtyPercent = (seed: number) => faults.randomOf([{ weight: 7, fault: faults.ok }, ...anyError], seed);

/** Faults that come and go. */
export const outageRows: readonly Row[] = [
  ...[faults.http500, faults.hang].map(
    (bad): Row => ({
      what: `primary flaps (${bad.name} for ${flapMs} ms of every ${2 * flapMs}), 1,000 calls at concurrency 5: failed; p99`,
      demand: '0; ≤ 700 ms',
      measure: cell => flapping(cell, bad),
    }),
  ),
  {
    what: 'both fail 30 % at random, 1,000 calls at concurrency 5: failed; longest',
    demand: '0; ≤ 3,000 ms',
    measure: bothFailing,
  },
  ...[faults.refuse, faults.hang].flatMap((down): Row[] => [
    {
      what: `both down (${down.name}) for 4 s while running: the pending call`,
      demand: '≤ 6,000 ms',
      measure: cell => bothDown(cell, down, true),
    },
    {
      what: `both down (${down.name}) for 4 s at start-up: the first call`,
      demand: '≤ 6,000 ms',
      measure: cell => bothDown(cell, down, false),
    },
  ]),
];

async function flapping({ primary, connect }: Cell, bad: Fault): Promise<Figure> {
  const client = await connect();
  await client.balance(nobody);
  await primary.setFault(faults.flapping(flapMs, flapMs, bad));
  const outcomes = await load(() => client.balance(nobody), { calls, concurrency, pauseMs });
  const p99 = percentile(outcomes, 0.99);
  const failed = failedOf(outcomes);
  const met = failed === 0 && outcomes.length === calls && p99 <= 700;
  return { text: `${failed} of ${outcomes.length}; ${duration(p99)}`, met };
}

async function bothFailing({ primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.balance(nobody);
  await Promise.all([primary.setFault(thirtyPercent(1)), backup.setFault(thirtyPercent(2))]);
  const outcomes = await load(() => client.balance(nobody), { calls, concurrency });
  const longest = percentile(outcomes, 1);
  const failed = failedOf(outcomes);
  const met = failed === 0 && outcomes.length === calls && longest <= 3_000;
  return { text: `${failed} of ${outcomes.length}; ${duration(longest)}`, met };
}

async function bothDown(
  { primary, backup, connect }: Cell,
  down: Fault,
  whileRunning: boolean,
): Promise<Figure> {
  const running = whileRunning ? await connect() : undefined;
  await running?.balance(nobody);
  await Promise.all([primary.setFault(down), backup.setFault(down)]);
  const pending = timed(async () => (running ?? (await connect())).balance(nobody));
  await delay(downMs);
  await Promise.all([primary.clearFault(), backup.clearFault()]);
  const { ok, timedOut, ms } = await pending;
  const text = timedOut ? `> ${duration(ms)}` : ok ? duration(ms) : `failed after ${duration(ms)}`;
  return { text, met: ok && ms <= 6_000 };
}
