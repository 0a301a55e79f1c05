import { setTimeout as delay } from 'node:timers/promises';
import { faults } from '@service-bots/devnet';
import { failedOf, load } from '../calls.ts';
import type { Cell } from '../rig.ts';
import type { Figure, Row } from '../row.ts';

const staleBlocks = 50;
const lyingBlocks = 30_000_000;
const calls = 80;
const nobody = `0x${'11'.repeat(20)}`;

/** Endpoints that answer, but with wrong answers. */
export const guardRows: readonly Row[] = [
  {
    what: 'primary 50 blocks stale while running: blocks that the served head was behind, at most',
    demand: '≤ 1',
    measure: cell => stale(cell, true),
  },
  { what: 'the same, from the start', demand: '≤ 1', measure: cell => stale(cell, false) },
  {
    what: 'primary claims 30,000,000 blocks more while running: blocks that the served head was ahead or behind; failed',
    demand: '≤ 1; 0',
    measure: cell => lying(cell, true),
  },
  {
    what: 'primary claims 30,000,000 blocks more, from the start: the same',
    demand: '≤ 1; 0',
    measure: cell => lying(cell, false),
  },
  {
    what: 'primary on the wrong chain at start-up, 80 calls: requests it gets; said so; failed',
    demand: '1; yes; 0',
    measure: wrongChain,
  },
  { what: 'eth_chainId in 80 healthy calls', demand: '0', measure: chainIds },
];

async function stale({ anvil, primary, connect }: Cell, whileRunning: boolean): Promise<Figure> {
  const running = whileRunning ? await connect() : undefined;
  await running?.head();
  await primary.setFault(faults.stale(staleBlocks));
  const client = running ?? (await connect());
  let lag = 0;
  const outcomes = await load(
    async () => {
      const { number } = await anvil.time.latest();
      lag = Math.max(lag, number - (await client.head()));
    },
    { calls: 20, pauseMs: 50 },
  );
  const failed = failedOf(outcomes);
  if (failed === outcomes.length) return { text: 'failed', met: false };
  return { text: `${lag}${failed > 0 ? ` (${failed} failed)` : ''}`, met: lag <= 1 && failed === 0 };
}

/** Both the block number and the newest block are false. */
async function lying({ anvil, primary, connect }: Cell, whileRunning: boolean): Promise<Figure> {
  const running = whileRunning ? await connect() : undefined;
  await running?.head();
  await primary.setFault(faults.lyingHead(lyingBlocks, 'latest'));
  const client = running ?? (await connect());
  let off = 0;
  const outcomes = await load(
    async () => {
      const { number } = await anvil.time.latest();
      off = Math.max(off, Math.abs((await client.head()) - number));
    },
    { calls: 20, pauseMs: 50 },
  );
  const failed = failedOf(outcomes);
  return {
    text: `${off.toLocaleString('en')}; ${failed}`,
    met: off <= 1 && failed === 0 && outcomes.length === 20,
  };
}

async function wrongChain({ primary, connect }: Cell): Promise<Figure> {
  await primary.setFault(faults.wrongChain(5));
  const client = await connect();
  const outcomes = await load(() => client.balance(nobody), { calls });
  await delay(500);
  const failed = failedOf(outcomes);
  const requests = primary.httpRequests;
  const said = client.notices(0);
  const met = requests === 1 && said && failed === 0;
  return { text: `${requests}; ${said ? 'yes' : failed > 0 ? 'by errors' : 'no'}; ${failed}`, met };
}

async function chainIds({ primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.balance(nobody);
  primary.resetCounts();
  backup.resetCounts();
  await load(() => client.balance(nobody), { calls });
  const count = primary.callCount('eth_chainId') + backup.callCount('eth_chainId');
  return { text: `${count}`, met: count === 0 };
}
