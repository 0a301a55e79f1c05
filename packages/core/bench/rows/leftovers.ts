import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { faults } from '@service-bots/devnet';
import { type CallResult, load, percentile } from '../calls.ts';
import type { Client } from '../contestant.ts';
import type { Cell } from '../rig.ts';
import { duration, type Figure, type Row } from '../row.ts';

const lingerMs = 5_000;
const exitLimitMs = 10_000;
const nobody = `0x${'11'.repeat(20)}`;

/** The work that a provider leaves behind. */
export const leftoverRows: readonly Row[] = [
  {
    what: '40 calls at once while both hang: the last is over after',
    demand: '≤ 10,500 ms ¹',
    measure: lastOver,
  },
  {
    what: '150 calls at once while both hang: sockets left 5 s after the calls',
    demand: '0',
    measure: sockets,
  },
  {
    what: 'a call hangs, destroy(): until the process has ended',
    demand: '≤ 1,000 ms',
    measure: exit,
    concerns: ({ hasDestroy }) => hasDestroy,
  },
];

async function lastOver(cell: Cell): Promise<Figure> {
  const client = await cell.connect();
  const outcomes = await hangingCalls(cell, client, 40, 20_000);
  return { text: shownLast(outcomes), met: percentile(outcomes, 1) <= 10_500 };
}

async function sockets(cell: Cell): Promise<Figure> {
  const client = await cell.connect();
  const outcomes = await hangingCalls(cell, client, 150, 50_000);
  // A request of a background check hangs as well, but it does not stay.
  const deadline = Date.now() + lingerMs;
  const left = () => cell.primary.inFlight + cell.backup.inFlight;
  while (left() > 0 && Date.now() < deadline) await delay(20);
  const areOver = outcomes.every(({ timedOut }) => !timedOut);
  const note = areOver ? `calls over after ${shownLast(outcomes)}` : `calls not over after 50 s`;
  return { text: `${left()} (${note})`, met: areOver && left() === 0 };
}

async function hangingCalls({ primary, backup }: Cell, client: Client, calls: number, limitMs: number) {
  await client.balance(nobody);
  await Promise.all([primary.setFault(faults.hang), backup.setFault(faults.hang)]);
  return load(() => client.balance(nobody), { calls, concurrency: calls, limitMs });
}

function shownLast(outcomes: readonly CallResult[]): string {
  const longest = duration(percentile(outcomes, 1));
  return outcomes.some(({ timedOut }) => timedOut) ? `> ${longest}` : longest;
}

/** Runs in a process of its own: `exiting.ts`. */
async function exit({ contestant, primary, backup }: Cell): Promise<Figure> {
  const script = fileURLToPath(new URL('../exiting.js', import.meta.url));
  const args = [script, contestant.name, primary.rpcUrl, backup.rpcUrl];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const at = (message: string) =>
    new Promise<void>((resolve, reject) => {
      child.on('message', said => {
        if (said === message) resolve();
      });
      void exited.then(() => reject(new Error(`the process ended before it was ${message}`)));
    });
  const destroyed = at('destroyed');
  await at('ready');
  await Promise.all([primary.setFault(faults.hang), backup.setFault(faults.hang)]);
  child.send('go');
  await destroyed;
  const destroyedAt = performance.now();
  const isOut = await Promise.race([exited.then(() => true), delay(exitLimitMs, false)]);
  const tookMs = performance.now() - destroyedAt;
  if (!isOut) child.kill('SIGKILL');
  return { text: isOut ? duration(tookMs) : `> ${duration(exitLimitMs)}`, met: isOut && tookMs <= 1_000 };
}
