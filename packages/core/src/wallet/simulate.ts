import { toQuantity } from 'ethers';
import { systemClock } from '../clock/index.ts';
import type { Asker } from '../rpc/index.ts';
import type { Call } from './preflight.ts';
import { revertDataOf, simulationError } from './revert.ts';

/** No transaction takes less. */
const leastGas = 21_000n;
/** So long a question may go unanswered before it is put in another way as well. */
const patienceMs = 1_500;

/**
 * Simulates the very call, from the wallet, on the block that the decision rests on.
 *
 * Not every node estimates at a block's hash, and not every one can pretend a later block. The question is put in up to
 * four ways: with the pretended block, at the hash, at the number, at the latest block. A revert ends it; another failure,
 * or no answer within `patienceMs`, leads to the next way.
 * @param isPinned whether the answer of another block than the call's does not do
 * @returns the gas it takes
 * @throws SimulationReverted, or BotError when no node could tell
 */
export async function simulate(
  asker: Asker,
  from: string,
  call: Pick<Call, 'label' | 'to' | 'data' | 'abi' | 'block' | 'meantFor'>,
  isPinned = false,
): Promise<bigint> {
  const { block, meantFor } = call;
  const transaction = { from, to: call.to, data: call.data };
  const pinned = block ? [{ blockHash: block.hash }, toQuantity(block.number)] : [];
  const places = isPinned && block ? pinned : [...pinned, 'latest'];
  const ways: unknown[][] = places.map(place => [transaction, place]);
  if (meantFor) ways.unshift([transaction, places[0], {}, blockOverrides(meantFor)]);
  try {
    return await firstOf(ways.map(params => () => ask(asker, params)));
  } catch (error) {
    throw simulationError(call.label, error, call.abi);
  }
}

/** The call itself and its estimate: nodes give the revert's data for the first, and not all do for the second. */
async function ask(asker: Asker, params: unknown[]): Promise<bigint> {
  const [, estimate] = await Promise.all([
    asker.send('eth_call', params),
    asker.send('eth_estimateGas', params),
  ]);
  const isAmount = typeof estimate === 'string' && /^0x[0-9a-f]{1,16}$/i.test(estimate);
  if (!isAmount || BigInt(estimate) < leastGas)
    throw new Error(`the node estimates ${JSON.stringify(estimate)} gas`);
  return BigInt(estimate);
}

/** What geth and others take as the fourth parameter of `eth_call`. */
function blockOverrides({ number, timestamp }: NonNullable<Call['meantFor']>): Record<string, string> {
  return {
    ...(number === undefined ? {} : { number: toQuantity(number) }),
    ...(timestamp === undefined ? {} : { time: toQuantity(timestamp) }),
  };
}

/**
 * Tries the ways in their order, the next one when one fails or takes long. The first that succeeds or reverts decides.
 * @throws the revert, or the first way's failure when all have failed
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
