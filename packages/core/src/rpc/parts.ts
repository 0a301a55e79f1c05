import type { JsonRpcPayload } from 'ethers';
import { allowedSize } from './classify.ts';
import { Abandoned, type Endpoint, type EndpointBudgets, NodeError, type Reply } from './Endpoint.ts';
import { SecondBest } from './errors.ts';
import { saysUnknown } from './request.ts';
import type { JsonRpcAnswer } from './transport.ts';

/** A read that can be asked for in parts, so that every endpoint gets requests of the size that it takes. */
export interface Divisible {
  /** The budget that its units count against. */
  budget: keyof EndpointBudgets;
  /** Units in all. */
  size: number;
  /** The request for `count` units from the `from`th on. */
  request(from: number, count: number): JsonRpcPayload[];
}

/** The answers to one request: units `from` to `from + count`. */
export interface Part {
  from: number;
  count: number;
  answers: readonly JsonRpcAnswer[];
}

export interface PartsOptions {
  /** How many stretches are read side by side. */
  atOnce?: number;
  /** The one endpoint to ask, once, and nobody else. */
  only?: Endpoint | undefined;
}

/** Units `from` to `to`, the latter not included. */
export type Stretch = Divisible & { from: number; to: number };

/**
 * One endpoint's answers to a stretch, in as many requests, one after the other, as it takes. What it refuses as too
 * much is asked anew in smaller parts.
 * @param isEnough whether to leave the rest to another call, once there is something
 * @returns at least one part, beginning with the first unit; not all of them when it failed in the middle
 * @throws what `ask` throws, or SecondBest, when there is not even a first part
 */
export async function askParts(
  endpoint: Endpoint,
  { budget: name, request, from, to }: Stretch,
  ask: (payloads: JsonRpcPayload[]) => Promise<Reply>,
  isEnough: () => boolean,
): Promise<Part[]> {
  const budget = endpoint.budgets[name];
  const parts: Part[] = [];
  let at = from;
  while (at < to && !(parts.length > 0 && isEnough())) {
    const count = Math.min(to - at, budget.size);
    const payloads = request(at, count);
    try {
      const { answers, kind } = await ask(payloads);
      const part = { from: at, count, answers };
      if (kind === 'too-large' && count > 1) {
        budget.refused(count, allowedSize(messageIn(answers), count));
        continue;
      }
      const isFinal = kind === 'result' || kind === 'answer';
      if (!isFinal || saysUnknown(payloads, answers)) throw new SecondBest(part);
      budget.answered(count);
      parts.push(part);
      at += count;
    } catch (error) {
      if (parts.length > 0 && !(error instanceof Abandoned)) return parts;
      throw error instanceof NodeError
        ? new SecondBest({ from: at, count, answers: error.answers }, error)
        : error;
    }
  }
  return parts;
}

/**
 * All of a read, `atOnce` stretches of it side by side.
 * @param takes how many units a stretch that begins now may have
 * @param read answers the first part of a stretch, or more
 * @returns what `decode` made of each part, in the order of the units
 * @throws what `read` or `decode` throws; nothing new is begun then
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
