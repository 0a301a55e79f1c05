import type { JsonRpcPayload } from 'ethers';
import { reasonOf } from '../errors/index.ts';
import { allowedSize, classifyError } from './classify.ts';
import { Abandoned, type Endpoint, type EndpointBudgets, NodeError, type Reply } from './Endpoint.ts';
import { SecondBest } from './errors.ts';
import type { Judgement } from './judgement.ts';
import { EndpointFault, type JsonRpcAnswer } from './transport.ts';

/** A read that can be split into parts, so that every endpoint gets requests of the size that it accepts. */
export interface Divisible {
  /** The budget that its units count against. */
  budget: keyof EndpointBudgets;
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
export interface Part {
  from: number;
  count: number;
  answers: readonly JsonRpcAnswer[];
}

export interface PartsOptions {
  /** The number of stretches that are read side by side. */
  atOnce?: number;
  /** The one endpoint to ask, once, and no other. */
  only?: Endpoint | undefined;
}

/** Units `from` to `to`, the latter not included. */
export type Stretch = Divisible & { from: number; to: number };

/** The way in which one endpoint is asked. */
export interface Asking {
  /**
   * Sends one request.
   * @param isDivisible whether a smaller request is made when this one fails
   */
  ask(payloads: JsonRpcPayload[], isDivisible: boolean): Promise<Reply>;
  /**
   * Makes sure that the endpoint has the blocks of the request.
   * @throws EndpointFault when the request reaches beyond the endpoint's newest block: no smaller one would
   * do
   */
  assertReaches(payloads: JsonRpcPayload[]): Promise<void>;
  /** Returns whether to leave the remainder to another call, once there is a first part. */
  isEnough(): boolean;
}

/**
 * Reads a stretch from one endpoint, in as many requests, one after the other, as its limit needs. When a
 * request of several units fails, with any words, a request for its first unit alone follows. If that is
 * answered, the endpoint works and has a lower limit; otherwise the endpoint is given up. The first failure
 * of a size that was answered before counts as a short disturbance.
 * @returns at least one part, beginning with the first unit; not all parts when it failed in the middle
 * @throws what `ask` throws, or SecondBest, when there is not even a first part
 */
export async function askParts(
  endpoint: Endpoint,
  { budget: name, request, check, from, to }: Stretch,
  { ask, assertReaches, isEnough }: Asking,
): Promise<Part[]> {
  const budget = endpoint.budgets[name];
  const parts: Part[] = [];
  let at = from;
  /** The failure of a larger request, while its first unit is tried. */
  let larger: { error: unknown; count: number } | undefined;
  while (at < to && !(parts.length > 0 && isEnough())) {
    const count = larger ? 1 : Math.min(to - at, budget.size);
    const payloads = request(at, count);
    try {
      const { answers, kind, judgements } = await ask(payloads, budget.mayBeTooMuch(count));
      const part = { from: at, count, answers };
      if (kind === 'too-large' && count > 1) {
        await assertReaches(payloads);
        budget.refused(count, allowedSize(messageIn(answers), count));
        continue;
      }
      if (!judgements.every(({ grade }) => grade === 'final'))
        throw new SecondBest(endpoint, part, judgements);
      const problem = check && problemIn(() => check(answers, count));
      if (problem !== undefined) throw unusable(endpoint, problem, budget.mayBeTooMuch(count));
      if (larger) budget.refused(larger.count, undefined, true);
      else budget.answered(count);
      larger = undefined;
      parts.push(part);
      at += count;
    } catch (error) {
      const isSuspect = count > 1 && mayBeSize(error) && budget.failed(count);
      const lacks = isSuspect ? await thrownBy(assertReaches(payloads)) : error;
      if (lacks === undefined) {
        larger = { error, count };
        continue;
      }
      if (parts.length > 0 && !(lacks instanceof Abandoned)) return parts;
      const first = larger ?? { error: lacks, count };
      throw secondBestIn(first.error, endpoint, { from: at, count: first.count }) ?? first.error;
    }
  }
  return parts;
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
 * @param isDivisible whether a smaller request is made: only its outcome counts then
 */
function unusable(endpoint: Endpoint, message: string, isDivisible: boolean): NodeError {
  const fault = new NodeError(endpoint.label, [{ id: 1, error: { code: -32603, message } }]);
  if (!isDivisible) endpoint.wasUseless(fault);
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
  if (!(error instanceof SecondBest)) return false;
  // The whole request has a single error. A block or state that the endpoint lacks is missing for smaller
  // requests too.
  const { answers } = error.part;
  const texts = new Set(answers.map(answer => ('error' in answer ? answer.error.message : undefined)));
  const isLack = error.judgements.some(({ kind }) => kind === 'missing-block' || kind === 'pruned');
  // The reader itself finds a contract that burns the gas of all; the endpoint is not the cause.
  const isGas = error.judgements.some(({ meaning }) => meaning === 'gas');
  return texts.size === 1 && !texts.has(undefined) && !isLack && !isGas;
}

/**
 * Returns a contract's refusal that came together with an endpoint's fault: other endpoints are asked first.
 */
function secondBestIn(
  error: unknown,
  endpoint: Endpoint,
  units: Omit<Part, 'answers'>,
): SecondBest | undefined {
  if (!(error instanceof EndpointFault) || !error.said) return undefined;
  const kinds = error.said.map(answer => ('error' in answer ? classifyError(answer.error) : 'node-error'));
  if (!kinds.every(kind => kind === 'revert' || kind === 'request' || kind === 'unsupported'))
    return undefined;
  const judgements = kinds.map((kind): Judgement => ({ grade: 'doubtful', kind, meaning: kind }));
  return new SecondBest(endpoint, { ...units, answers: error.said }, judgements, error);
}

/**
 * Reads all of a divisible read, `atOnce` stretches side by side.
 * @param takes returns how many units a stretch that begins now may have
 * @param read answers the first part of a stretch, or more
 * @returns the values of `decode` for each part, in the order of the units
 * @throws what `read` or `decode` throws; no further request is begun then
 */
export async function readStretches<T>(
  work: Divisible,
  takes: () => number,
  read: (stretch: Stretch) => Promise<Part[]>,
  decode: (part: Part) => T | Promise<T>,
  atOnce: number,
): Promise<T[]> {
  const decoded: { from: number; value: T }[] = [];
  let next = 0;
  const reader = async () => {
    while (next < work.size) {
      let from = next;
      const to = Math.min(from + takes(), work.size);
      next = to;
      while (from < to) {
        for (const part of await read({ ...work, from, to })) {
          decoded.push({ from: part.from, value: await decode(part) });
          from += part.count;
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
