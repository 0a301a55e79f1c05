import type { JsonRpcPayload } from 'ethers';
import { reasonOf } from '../errors/index.ts';
import { askTogether } from './askTogether.ts';
import { allowedSize, classifyError } from './classifyError.ts';
import { type Endpoint, type Reply, RequestCancelled, type RequestLimits } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer, NodeError } from './exchange.ts';
import { finalFromStart, type Judgement } from './judge.ts';

/** A read that can be split into chunks, so that every endpoint gets requests of the size that it accepts. */
export interface Splittable {
  /** The name of the endpoint limit that applies to the number of units in one request. */
  limit: keyof RequestLimits;
  /** Units in all. */
  size: number;
  /** Returns the request for `count` units from the `from`th on. */
  request(from: number, count: number): JsonRpcPayload[];
  /**
   * Checks results of the right shape.
   * @throws Error when they cannot be answers to a request for `count` units
   */
  check?(answers: readonly JsonRpcAnswer[], count: number): void;
}

/** The answers to one request: units `from` to `from + count`. */
export interface Chunk {
  from: number;
  count: number;
  answers: readonly JsonRpcAnswer[];
}

export interface ChunkOptions {
  /** The number of ranges that are read side by side. */
  atOnce?: number;
  /** The one endpoint to ask, once, and no other. */
  only?: Endpoint | undefined;
}

/** Units `from` to `to`, the latter not included. */
export type SplittableRange = Splittable & { from: number; to: number };

/** Thrown for answers that another endpoint may improve; they count when none does. */
export class InconclusiveAnswer extends Error {
  readonly endpoint: Endpoint;
  readonly chunk: Chunk;
  /** The judgement of each answer. */
  readonly judgements: readonly Judgement[];
  /** The fault of the endpoint that came with the answers. */
  readonly fault: EndpointFault | undefined;

  constructor(
    endpoint: Endpoint,
    {
      chunk,
      judgements,
      fault,
    }: Pick<InconclusiveAnswer, 'chunk' | 'judgements'> & { fault?: EndpointFault },
  ) {
    super(fault?.message ?? `${endpoint.label} gave an answer that another endpoint may improve`);
    this.endpoint = endpoint;
    this.chunk = chunk;
    this.judgements = judgements;
    this.fault = fault;
  }
}

/** The way in which one endpoint is asked. */
export interface Asking {
  /**
   * Sends one request.
   * @param isSplittable whether a smaller request is made when this one fails
   */
  ask(payloads: JsonRpcPayload[], isSplittable: boolean): Promise<Reply>;
  /**
   * Makes sure that the endpoint has the blocks of the request.
   * @throws EndpointFault when the request reaches beyond the endpoint's newest block: no smaller one would
   * do
   */
  assertReaches(payloads: JsonRpcPayload[]): Promise<void>;
  /** Returns whether to leave the remainder to another call, once there is a first chunk. */
  isEnough(): boolean;
}

/**
 * Reads a range from one endpoint, in as many requests, one after the other, as its limit needs. When a
 * request of several units fails, with any words or for lack of time, a request for its first unit alone
 * follows. If that is answered, the endpoint works and has a lower limit; otherwise the endpoint is given up.
 * The first failure of a size that was answered before counts as a short disturbance. The calls of a single
 * unit are sent one by one to an endpoint that takes no batches. The calls of a batch that were answered count,
 * although the endpoint fails the others.
 * @returns at least one chunk, beginning with the first unit; not all chunks when it failed in the middle
 * @throws what `ask` throws, or InconclusiveAnswer, when there is not even a first chunk
 */
export async function readChunksFrom(
  endpoint: Endpoint,
  { limit: name, request, check, from, to }: SplittableRange,
  { ask, assertReaches, isEnough }: Asking,
): Promise<Chunk[]> {
  const limit = endpoint.requestLimits[name];
  const chunks: Chunk[] = [];
  let at = from;
  /** The failure of a larger request, while its first unit is tried. */
  let larger: { error: unknown; count: number } | undefined;
  while (at < to && !(chunks.length > 0 && isEnough())) {
    const count = larger ? 1 : Math.min(to - at, limit.size);
    const payloads = request(at, count);
    const isPlain = name === 'batch' && payloads.length === count;
    try {
      const asked = await askTogether(payloads, {
        endpoint,
        ask,
        isSplittable: limit.mayBeTooMuch(count),
        isSmallest: count === 1,
        mayBeApart: count === 1 || name !== 'batch',
      });
      const { answers, kind, judgements } = asked;
      // The batch was the cause of the failure, and not the size of its calls.
      if (asked.wasBatch) larger = undefined;
      const chunk = { from: at, count, answers };
      if (kind === 'too-large' && count > 1) {
        await assertReaches(payloads);
        limit.refused(count, allowedSize(messageIn(answers), count));
        continue;
      }
      const answered = isPlain ? finalFromStart(judgements) : 0;
      if (answered > 0 && isOwnFailure(judgements[answered])) {
        chunks.push({ from: at, count: answered, answers: answers.slice(0, answered) });
        if (count - answered > 1 && judgements.slice(answered).every(isOwnFailure))
          limit.refused(count, undefined, true);
        at += answered;
        continue;
      }
      if (!judgements.every(({ grade }) => grade === 'final'))
        throw new InconclusiveAnswer(endpoint, { chunk, judgements });
      const problem = check && problemIn(() => check(answers, count));
      if (problem !== undefined) throw unusable(endpoint, problem, limit.mayBeTooMuch(count));
      if (larger) limit.refused(larger.count, undefined, true);
      else limit.answered(count);
      larger = undefined;
      chunks.push(chunk);
      at += count;
    } catch (error) {
      const answered = isPlain && error instanceof EndpointFault ? error.answered : 0;
      if (answered > 0 && error instanceof EndpointFault && error.said)
        return [...chunks, { from: at, count: answered, answers: error.said.slice(0, answered) }];
      const isSuspect = count > 1 && (mayBeSize(error) || isTimeout(error)) && limit.failed(count);
      const lacks = isSuspect ? await thrownBy(assertReaches(payloads)) : error;
      if (lacks === undefined) {
        larger = { error, count };
        continue;
      }
      if (chunks.length > 0 && !(lacks instanceof RequestCancelled)) return chunks;
      const first = larger ?? { error: lacks, count };
      throw inconclusiveAnswerIn(first.error, endpoint, { from: at, count: first.count }) ?? first.error;
    }
  }
  return chunks;
}

/** Returns whether the endpoint failed to answer a call, as opposed to the chain's own refusals. */
function isOwnFailure(judgement: Judgement | undefined): boolean {
  return judgement?.grade === 'fault' || judgement?.kind === 'too-large';
}

function isTimeout(error: unknown): boolean {
  return error instanceof EndpointFault && error.isTimeout;
}

function problemIn(look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Returns the fault for results of the right shape that cannot be answers.
 * @param isSplittable whether a smaller request is made: only its outcome counts then
 */
function unusable(endpoint: Endpoint, message: string, isSplittable: boolean): NodeError {
  const fault = new NodeError(endpoint.label, [{ id: 1, error: { code: -32603, message } }]);
  if (!isSplittable) endpoint.wasUseless(fault);
  return fault;
}

function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    error => error,
  );
}

/**
 * Returns whether a failed request of several units may have been too large, although no words state that.
 */
function mayBeSize(error: unknown): boolean {
  if (error instanceof EndpointFault) return error.mayBeSize;
  if (!(error instanceof InconclusiveAnswer)) return false;
  // The whole request has a single error. A block or state that the endpoint lacks is missing for smaller
  // requests too.
  const { answers } = error.chunk;
  const texts = new Set(answers.map(answer => ('error' in answer ? answer.error.message : undefined)));
  const isLack = error.judgements.some(({ kind }) => kind === 'missing-block' || kind === 'pruned');
  // The reader itself finds a contract that burns the gas of all; the endpoint is not the cause.
  const isGas = error.judgements.some(({ meaning }) => meaning === 'gas');
  return texts.size === 1 && !texts.has(undefined) && !isLack && !isGas;
}

/**
 * Returns the contract's refusal inside of an endpoint's faulty answer, such as a revert with HTTP 500. It counts
 * only when no other endpoint has a better answer.
 */
function inconclusiveAnswerIn(
  error: unknown,
  endpoint: Endpoint,
  units: Omit<Chunk, 'answers'>,
): InconclusiveAnswer | undefined {
  if (!(error instanceof EndpointFault) || !error.said) return undefined;
  const kinds = error.said.map(answer => ('error' in answer ? classifyError(answer.error) : 'node-error'));
  if (!kinds.every(kind => kind === 'revert' || kind === 'request' || kind === 'unsupported'))
    return undefined;
  const judgements = kinds.map((kind): Judgement => ({ grade: 'doubtful', kind, meaning: kind }));
  return new InconclusiveAnswer(endpoint, {
    chunk: { ...units, answers: error.said },
    judgements,
    fault: error,
  });
}

interface RangeReading<T> {
  /** Returns the number of units (blocks or calls) that the next range may contain. */
  sizeOf(): number;
  /** Reads the first chunk of a range, and further ones that came with it. */
  read(range: SplittableRange): Promise<Chunk[]>;
  decode(chunk: Chunk): T | Promise<T>;
  /** The number of ranges that are read side by side. */
  atOnce: number;
}

/**
 * Reads all of a splittable read.
 * @returns the values of `decode` for each chunk, in the order of the units
 * @throws what `read` or `decode` throws; no further request is begun then
 */
export async function readRanges<T>(
  work: Splittable,
  { sizeOf, read, decode, atOnce }: RangeReading<T>,
): Promise<T[]> {
  const decoded: { from: number; value: T }[] = [];
  let next = 0;
  const reader = async () => {
    while (next < work.size) {
      let from = next;
      const to = Math.min(from + sizeOf(), work.size);
      next = to;
      while (from < to) {
        for (const chunk of await read({ ...work, from, to })) {
          decoded.push({ from: chunk.from, value: await decode(chunk) });
          from += chunk.count;
        }
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, reader));
  } finally {
    next = work.size;
  }
  return decoded.sort((a, b) => a.from - b.from).map(({ value }) => value);
}

function messageIn(answers: readonly JsonRpcAnswer[]): string {
  const [first] = answers;
  return first && 'error' in first ? String(first.error.message ?? '') : '';
}
