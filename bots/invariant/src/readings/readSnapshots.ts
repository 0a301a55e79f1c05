import type { BatchReader, Block, FailoverProvider, Read, ReadResult } from '@service-bots/core/rpc';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { type AnswerOf, type Place, readingRows, type Snapshot } from './index.ts';

/** The values to read of one pool: the pool, and the past checkpoints in question. */
export interface PoolQuestion {
  pool: InvariantPool;
  checkpoints: readonly number[];
}

/**
 * Reads all pools at one block, in one request (and one more where the chain has no Multicall3).
 * @returns a snapshot for each question, in their order
 * @throws what the reader throws when nothing can be read
 */
export async function readSnapshots(
  { provider, reader }: { provider: FailoverProvider; reader: BatchReader },
  block: Block,
  questions: readonly PoolQuestion[],
): Promise<Snapshot[]> {
  const places = questions.map(({ pool, checkpoints }): Place => {
    const latest = block.timestamp - (block.timestamp % pool.checkpointDuration);
    return { pool, reader, checkpoints, latest };
  });
  const plans = places.map(callsAt);
  const [results, balances] = await Promise.all([
    reader.read(
      block,
      plans.flatMap(plan => Object.values(plan)),
    ),
    plans.some(({ ethBalance }) => ethBalance === undefined)
      ? readBalances(provider, block, questions)
      : undefined,
  ]);
  return places.map((place, i) => {
    const names = Object.keys(plans[i] as Record<string, Read<unknown>>);
    const own = results.splice(0, names.length);
    const found = new Map(names.map((name, k) => [name, own[k]]));
    if (balances) found.set('ethBalance', balances[i]);
    const answer = (name => found.get(name) ?? unread(name)) as AnswerOf;
    return snapshotOf(block, place, answer);
  });
}

function callsAt(place: Place): Record<string, Read<unknown>> {
  return Object.assign({}, ...readingRows.map(([, { calls }]) => calls(place)));
}

function snapshotOf(block: Block, place: Place, answer: AnswerOf): Snapshot {
  const values = readingRows.map(([name, { calls, decode }]) => [
    name,
    calls(place) === undefined ? undefined : decode(answer, place),
  ]);
  return { block, ...Object.fromEntries(values) } as Snapshot;
}

/** Reads native balances one by one in a batch, where there is no Multicall3. */
async function readBalances(
  provider: FailoverProvider,
  { hash }: Block,
  questions: readonly PoolQuestion[],
): Promise<ReadResult<bigint>[]> {
  const answers = await provider.sendBatch(
    questions.map(({ pool }) => ({
      method: 'eth_getBalance',
      params: [pool.address, { blockHash: hash }],
    })),
  );
  return answers.map(answer =>
    'result' in answer
      ? { ok: true, value: BigInt(answer.result) }
      : { ok: false, reason: `the balance could not be read: ${answer.error.message}` },
  );
}

const unread = (name: string): ReadResult<never> => ({ ok: false, reason: `${name} was not read` });
