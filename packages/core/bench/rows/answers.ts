import { type Fault, faults } from '@service-bots/devnet';
import { timed } from '../calls.ts';
import type { Cell } from '../rig.ts';
import type { Figure, Row } from '../row.ts';
import { whileRunning } from './badPrimary.ts';

const nobody = `0x${'11'.repeat(20)}`;
const readsAtOnce = 200;
const mostCallsInABatch = 10;

/** Errors from public bug reports: none is on a list of known codes. */
const unknownErrors: readonly (readonly [what: string, fault: Fault])[] = [
  ['−32600 “App is inactive”', faults.rpcError({ code: -32_600, message: 'App is inactive' })],
  [
    '−32000 “transaction indexing is in progress”',
    faults.rpcError({ code: -32_000, message: 'transaction indexing is in progress' }),
  ],
  [
    '−32011 “no backend is currently healthy to serve traffic”',
    faults.rpcError({ code: -32_011, message: 'no backend is currently healthy to serve traffic' }),
  ],
  [
    'HTTP 403 with a JSON-RPC error',
    faults.http(403, '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"forbidden"}}'),
  ],
];

/** Results that no balance can have. */
const wrongShapes: readonly (readonly [what: string, result: unknown])[] = [
  ['null', null],
  ['{}', {}],
  ['"0x"', '0x'],
  ['"lots"', 'lots'],
  ['-1', '-0x1'],
];

/** Invalid answers while the other endpoint is in order, and limits in unknown words. */
export const answerRows: readonly Row[] = [
  ...unknownErrors.map(
    ([what, fault]): Row => ({
      what: `primary: ${what}: the same`,
      demand: '≤ 150 / 50 ms; 0; ≤ 10',
      measure: cell => whileRunning(cell, fault, 150),
    }),
  ),
  ...wrongShapes.map(
    ([what, result]): Row => ({
      what: `primary: every balance is ${what}: the same, a wrong balance being a failure`,
      // A trial asks for chain and head, whose answers are right.
      demand: '≤ 150 / 50 ms; 0; ≤ 20',
      measure: cell => whileRunning(cell, balanceIs(result), 150, 20),
    }),
  ),
  {
    // Such a node is in order for everything but history, so it is asked each time, and the other one
    // answers.
    what: 'primary: 4444 “pruned history unavailable”: the same',
    demand: '≤ 150 / 50 ms; 0; ≤ 80',
    measure: cell =>
      whileRunning(cell, faults.rpcError({ code: 4_444, message: 'pruned history unavailable' }), 150, 80),
  },
  {
    what: `${readsAtOnce} reads at once, both endpoints refuse batches of more than ${mostCallsInABatch} in unknown words: read; batches refused`,
    demand: 'all; any',
    measure: unknownBatchLimit,
  },
];

function balanceIs(result: unknown): Fault {
  return {
    name: `balance-is(${JSON.stringify(result)})`,
    begin: () => ({
      act: exchange =>
        exchange.answerCalls(({ method }) => (method === 'eth_getBalance' ? { result } : undefined)),
    }),
  };
}

/** Returns a fault that refuses long batches. @param onRefused called with each batch that was too long */
const refusesBatches = (onRefused: () => void): Fault => ({
  name: 'refuses-batches',
  begin: () => ({
    act(exchange) {
      if (exchange.calls.length <= mostCallsInABatch) return exchange.pass();
      onRefused();
      const error = { code: -32_099, message: 'the quokka is full' };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: null, error }) };
    },
  }),
});

async function unknownBatchLimit({ primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.balance(nobody);
  let refused = 0;
  const limit = refusesBatches(() => {
    refused += 1;
  });
  await Promise.all([primary.setFault(limit), backup.setFault(limit)]);
  const addresses = Array.from({ length: readsAtOnce }, () => nobody);
  const { ok, timedOut } = await timed(() => client.balances(addresses));
  const text = ok ? 'all' : timedOut ? 'none in time' : 'failed';
  return { text: `${text}; ${refused}`, met: ok };
}
