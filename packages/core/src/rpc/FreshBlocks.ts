import type { JsonRpcPayload } from 'ethers';
import { classifyError } from './classifyError.ts';
import type { Endpoint } from './Endpoint.ts';
import { isHash, isQuantity, isRecord } from './hex.ts';
import type { JsonRpcAnswer } from './reply.ts';

/** The number of head hashes that are remembered. */
const remembered = 64;
/** Nodes behind one URL receive a new block within this time of one another. */
const shortestFreshMs = 5_000;
/** The limit for a hash that no endpoint here has reported: its block is either new or was replaced. */
const unknownMs = 3_000;

/**
 * Distinguishes a block that an endpoint does not have yet from one that it will never have. Right after a
 * new head its state, its logs and even its header are "not found" at other nodes, and at other parts of the
 * same node.
 */
export class FreshBlocks {
  readonly #freshMs: number;
  /** When each head was first reported, and by which endpoint, by hash. */
  readonly #reportedHeads = new Map<string, { atMs: number; by: Endpoint | undefined }>();

  constructor(blockTimeMs: number) {
    this.#freshMs = Math.max(shortestFreshMs, 2 * blockTimeMs);
  }

  /** Records that an endpoint has reported this block as its head. */
  reported(hash: unknown, by?: Endpoint): void {
    if (!isHash(hash) || this.#reportedHeads.has(hash)) return;
    this.#reportedHeads.set(hash, { atMs: performance.now(), by });
    const [oldest] = this.#reportedHeads.keys();
    if (this.#reportedHeads.size > remembered && oldest !== undefined) this.#reportedHeads.delete(oldest);
  }

  /**
   * Returns the endpoints that reported heads by hashes that no endpoint knows.
   * @param answers the best of all endpoints
   */
  reportersOfMissing(payloads: readonly JsonRpcPayload[], answers: readonly JsonRpcAnswer[]): Set<Endpoint> {
    const missing = payloads.filter((payload, i) => lacksBlock(payload, answers[i]));
    const reporters = missing.flatMap(payload => this.#reportedHeads.get(String(blockOf(payload)))?.by ?? []);
    return new Set(reporters);
  }

  /**
   * Returns until when a retry for a block that no endpoint has is worthwhile.
   * @param best the newest head that is believed
   * @param startedAtMs when the block was asked for first
   * @returns by `performance.now()`; 0 when no block is missing, or it is not a new block
   */
  worthRetryingUntil(
    payloads: readonly JsonRpcPayload[],
    answers: readonly JsonRpcAnswer[],
    { best, startedAtMs }: { best: number; startedAtMs: number },
  ): number {
    const missing = payloads.filter((payload, i) => lacksBlock(payload, answers[i]));
    const moments = missing.map(payload => this.#untilOf(blockOf(payload), best, startedAtMs));
    return moments.length === 0 ? 0 : Math.min(...moments);
  }

  /**
   * Returns until when a caller should wait for a block that no endpoint has reached. Only the next block is
   * awaited, and blocks that follow it within the same time.
   * @param blocks how many blocks it is ahead of the newest one
   * @returns by `performance.now()`; 0 for a block that is further ahead
   */
  worthAwaitingUntil(blocks: number, blockTimeMs: number, startedAtMs: number): number {
    const isNext = blocks <= 1 || blocks * blockTimeMs <= shortestFreshMs;
    return isNext ? startedAtMs + this.#freshMs : 0;
  }

  #untilOf(block: unknown, best: number, startedAtMs: number): number {
    if (isHash(block)) {
      const reportedAtMs = this.#reportedHeads.get(block)?.atMs;
      return reportedAtMs === undefined ? startedAtMs + unknownMs : reportedAtMs + this.#freshMs;
    }
    // The block is a tag at the head, or a number that the head has passed.
    return !isQuantity(block) || Number(block) <= best ? startedAtMs + this.#freshMs : 0;
  }
}

function lacksBlock({ method }: JsonRpcPayload, answer: JsonRpcAnswer | undefined): boolean {
  if (!answer) return false;
  if ('error' in answer) return classifyError(answer.error) === 'missing-block';
  return answer.result === null && method.startsWith('eth_getBlockBy');
}

/** Returns the block that a call is about: its hash, its number, or a tag. */
function blockOf({ method, params }: JsonRpcPayload): unknown {
  const list: unknown[] = Array.isArray(params) ? params : [];
  const named = list.find(each => isRecord(each) && 'blockHash' in each);
  if (isRecord(named)) return named.blockHash;
  if (method.startsWith('eth_getBlockBy')) return list[0];
  if (method === 'eth_getLogs') return isRecord(list[0]) ? list[0].toBlock : undefined;
  return list[1];
}
