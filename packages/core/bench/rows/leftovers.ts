import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { faults } from '@service-bots/devnet';
import { load } from '../calls.ts';
import type { Cell } from '../rig.ts';
import { duration, type Figure, type Row } from '../row.ts';

const hungCalls = 150;
const lingerMs = 5_000;
const exitLimitMs = 10_000;
const nobody = `0x${'11'.repeat(20)}`;

/** What a provider leaves behind. */
export const leftoverRows: readonly Row[] = [
  {
    what: '150 calls while both hang: calls not over after 15 s; sockets left over 5 s later',
    demand: '0; 0',
    measure: sockets,
  },
  {
    what: 'a call hangs, destroy(): until the process has ended',
    demand: '≤ 1,000 ms',
    measure: exit,
    concerns: ({ hasDestroy }) => hasDestroy,
  },
];

async function sockets({ primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.balance(nobody);
  await Promise.all([primary.setFault(faults.hang), backup.setFault(faults.hang)]);
  const outcomes = await load(() => client.balance(nobody), { calls: hungCalls, concurrency: hungCalls });
  const unfinished = outcomes.filter(({ timedOut }) => timedOut).length;
  // A request of a background check hangs as well, but it does not stay.
  const deadline = Date.now() + lingerMs;
  const left = () => primary.inFlight + backup.inFlight;
  while (left() > 0 && Date.now() < deadline) await delay(20);
  return { text: `${unfinished}; ${left()}`, met: unfinished === 0 && left() === 0 };
}

/** In a process of its own: `exiting.ts`. */
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
