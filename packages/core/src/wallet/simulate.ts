import { toQuantity } from 'ethers';
import { systemClock } from '../clock/index.ts';
import { intrinsicGas, type RpcClient } from '../rpc/index.ts';
import type { Call } from './preflight.ts';
import { revertDataOf, simulationError } from './revert.ts';

/** No transaction takes less gas. */
const leastGas = 21_000n;
/** A request that is unanswered for this long is sent in another form as well, in ms. */
const patienceMs = 1_500;
/** The pause before an estimate that cannot be right is made again, in ms. */
const retryMs = 150;

interface Simulation {
  /** The address of the wallet. */
  from: string;
  call: Pick<Call, 'label' | 'to' | 'data' | 'abi' | 'block' | 'meantFor'>;
  /** Whether only an answer at the call's own block counts. @default false */
  isPinned?: boolean;
}

/**
 * Simulates the very call, from the wallet, on the block that the decision rests on.
 *
 * Some nodes cannot estimate at a block's hash, and some cannot simulate a later block. The request is sent
 * in up to four forms: with block overrides, at the hash, at the number, at the latest block. A revert ends
 * the simulation. Another failure, or no answer within `patienceMs`, leads to the next form.
 * @returns the gas that the call takes
 * @throws SimulationReverted, or BotError when no node could answer
 */
export async function simulate(
  client: RpcClient,
  { from, call, isPinned = false }: Simulation,
): Promise<bigint> {
  const { block, meantFor } = call;
  const transaction = { from, to: call.to, data: call.data };
  const pinned = block ? [{ blockHash: block.hash }, toQuantity(block.number)] : [];
  const places = isPinned && block ? pinned : [...pinned, 'latest'];
  const ways: unknown[][] = places.map(place => [transaction, place]);
  if (meantFor) ways.unshift([transaction, places[0], {}, blockOverrides(meantFor)]);
  try {
    return await firstOf(ways.map(params => () => ask(client, params)));
  } catch (error) {
    throw simulationError(call.label, error, call.abi);
  }
}

/**
 * Sends the call itself and its estimate: nodes return the revert's data for the first, and some do not for
 * the second.
 */
async function ask(client: RpcClient, params: unknown[]): Promise<bigint> {
  const [, estimate] = await Promise.all([
    client.send('eth_call', params),
    client.send('eth_estimateGas', params),
  ]);
  const gas = gasIn(estimate);
  const [{ to, data }] = params as [{ to: string; data: string }];
  if (gas > intrinsicGas(data)) return gas;
  // A node at another state than it says has no contract there. Such a transaction would run out of gas.
  await systemClock.sleep(retryMs);
  const again = gasIn(await client.send('eth_estimateGas', params));
  if (again > intrinsicGas(data)) return again;
  throw new Error(`the node estimates ${again} gas, as if there were no contract at ${to}`);
}

/** @throws Error when it is no amount of gas */
function gasIn(estimate: unknown): bigint {
  const isAmount = typeof estimate === 'string' && /^0x[0-9a-f]{1,16}$/i.test(estimate);
  if (!isAmount || BigInt(estimate) < leastGas)
    throw new Error(`the node estimates ${JSON.stringify(estimate)} gas`);
  return BigInt(estimate);
}

/** Returns the fourth parameter of `eth_call`, as geth and others accept it. */
function blockOverrides({ number, timestamp }: NonNullable<Call['meantFor']>): Record<string, string> {
  return {
    ...(number === undefined ? {} : { number: toQuantity(number) }),
    ...(timestamp === undefined ? {} : { time: toQuantity(timestamp) }),
  };
}

/**
 * Tries the forms in their order; the next one starts when one fails or takes long. The first that succeeds
 * or reverts decides.
 * @throws the revert, or the first form's failure when all have failed
 */
function firstOf<T>(ways: readonly (() => Promise<T>)[]): Promise<T> {
  const over = new AbortController();
  const failures: unknown[] = [];
  let started = 0;
  return new Promise<T>((resolve, reject) => {
    const next = () => {
      const way = ways[started];
      if (!way || over.signal.aborted) return;
      started += 1;
      const isNewest = started;
      way().then(
        value => {
          over.abort();
          resolve(value);
        },
        error => {
          failures.push(error);
          if (revertDataOf(error).reverted || failures.length === ways.length) {
            over.abort();
            reject(revertDataOf(error).reverted ? error : failures[0]);
          } else if (isNewest === started) next();
        },
      );
      void systemClock.sleep(patienceMs, over.signal).then(() => {
        if (!over.signal.aborted && isNewest === started) next();
      });
    };
    next();
  });
}
