import { Interface, type JsonRpcError, type JsonRpcPayload } from 'ethers';
import { BotError, plainLine } from '../errors/index.ts';
import { type AggregatedResult, decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';
import type { Block } from './block.ts';
import type { Splittable } from './chunks.ts';
import { classifyError, saysReverted } from './classifyError.ts';
import { contractRead, type Read } from './contractRead.ts';
import type { Endpoint } from './Endpoint.ts';
import type { JsonRpcAnswer } from './exchange.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { aggregatedResult, decoded, type ReadResult, revertedResult } from './readResult.ts';

/** The same address on every live chain: https://www.multicall3.com. */
export const multicall3 = '0xcA11bde05977b3631167028862bE2a173976CA11';

const multicallAbi = new Interface(['function getEthBalance(address account) view returns (uint256)']);

/** The block that reads are pinned to. */
export type BlockRef = Pick<Block, 'number' | 'hash'>;

/** Reads many contracts at one block in few requests. */
export interface BatchReader {
  /**
   * Reads at the very block with this hash, at any endpoint.
   * @returns a result for each read, in their order
   * @throws what the provider throws; Error when no endpoint has the block
   */
  read<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]>;
  /**
   * Returns a read of the native balance, to be sent with other reads; undefined where there is no
   * Multicall3.
   */
  balanceOf(account: string): Read<bigint> | undefined;
  /** Returns a reader that sends every request to this endpoint, for a second opinion. */
  via(endpoint: Endpoint): BatchReader;
}

/**
 * Creates the reader of a chain.
 * @throws what the provider throws, when it cannot determine whether the chain has Multicall3
 */
export async function createBatchReader(provider: FailoverProvider): Promise<BatchReader> {
  return new Batches(provider, (await provider.getCode(multicall3)) !== '0x');
}

/** Reads at a block, and their results, which are corrected in place. */
interface Reading<T> {
  block: BlockRef;
  reads: readonly Read<T>[];
  results: ReadResult<T>[];
}

class Batches implements BatchReader {
  readonly #provider: FailoverProvider;
  readonly #hasMulticall: boolean;
  readonly #only: Endpoint | undefined;
  /** False once a gateway has refused a block's hash in the place of its number. */
  #byHash = true;
  /** Calls for which two endpoints have returned the same result, though it does not decode. */
  readonly #odd = new Set<string>();

  constructor(provider: FailoverProvider, hasMulticall: boolean, only?: Endpoint) {
    this.#provider = provider;
    this.#hasMulticall = hasMulticall;
    this.#only = only;
  }

  balanceOf(account: string): Read<bigint> | undefined {
    return this.#hasMulticall
      ? contractRead<bigint>(multicallAbi, { target: multicall3, method: 'getEthBalance', args: [account] })
      : undefined;
  }

  via(endpoint: Endpoint): BatchReader {
    return new Batches(this.#provider, this.#hasMulticall, endpoint);
  }

  read<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]> {
    return this.#hasMulticall ? this.#throughMulticall(block, reads) : this.#inBatches(block, reads);
  }

  /**
   * Asks the other endpoints for a result that does not decode, since it may come from one endpoint alone.
   */
  async #settleOdd<T>({
    block,
    reads,
    answers,
    results,
  }: Reading<T> & { answers: readonly JsonRpcAnswer[] }): Promise<void> {
    const key = ({ target, data }: Read<T>) => `${target}:${data}`.toLowerCase();
    const odd = results.flatMap((result, i) => {
      const [read, answer] = [reads[i], answers[i]];
      const isOdd = !result.ok && result.unusable && answer && 'result' in answer && answer.result !== '0x';
      return isOdd && read && !this.#odd.has(key(read)) ? [{ read, i }] : [];
    });
    if (odd.length === 0 || this.#only) return;
    const questions = odd.map(({ read }) => read);
    let confirmations = 0;
    for (const endpoint of this.#provider.health.inUse()) {
      const others = await this.via(endpoint)
        .read(block, questions)
        .catch((): ReadResult<T>[] => []);
      if (others.length > 0) confirmations += 1;
      for (const [k, { i }] of odd.entries()) {
        const other = others[k];
        if (other?.ok) results[i] = other;
      }
    }
    if (confirmations < 2) return;
    for (const { read, i } of odd) if (!results[i]?.ok) remember(this.#odd, key(read));
  }

  async #throughMulticall<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]> {
    const work: Splittable = {
      limit: 'multicall',
      size: reads.length,
      request: (from, count) =>
        this.#pinned(block, [
          this.#call(1, block, {
            target: multicall3,
            data: encodeAggregate3(reads.slice(from, from + count)),
          }),
        ]),
      check: ([answer], count) => {
        if (answer && 'result' in answer && answer.result !== '0x') decodeAggregate3(answer.result, count);
      },
    };
    const parts = await this.#provider.readChunks(
      work,
      ({ from, count, answers: [answer, header] }) => {
        assertIs(block, header);
        return this.#aggregated(block, reads.slice(from, from + count), answer ?? noAnswer);
      },
      { only: this.#only },
    );
    return parts.flat();
  }

  async #aggregated<T>(
    block: BlockRef,
    reads: readonly Read<T>[],
    answer: JsonRpcAnswer,
  ): Promise<ReadResult<T>[]> {
    if ('error' in answer) return this.#afterRefusal(block, reads, answer.error);
    if (answer.result === '0x')
      throw new BotError(`block ${block.number} could not be read: Multicall3 is not there at this block`);
    const returned = decodeAggregate3(answer.result, reads.length);
    const results = reads.map((read, i) => aggregatedResult(read, returned[i]));
    await this.#settleSilent({ block, reads, returned, results });
    return results;
  }

  /**
   * Splits a refused aggregate in halves. The cause may be its size, or one contract that burns the gas of
   * all: in halves that contract is found, and the others are read.
   */
  async #afterRefusal<T>(
    block: BlockRef,
    reads: readonly Read<T>[],
    refusal: JsonRpcError['error'],
  ): Promise<ReadResult<T>[]> {
    if (this.#dislikesHash(refusal)) {
      this.#byHash = false;
      return this.read(block, reads);
    }
    const kind = classifyError(refusal);
    if (kind !== 'too-large' && kind !== 'request' && kind !== 'revert')
      throw new BotError(`block ${block.number} could not be read: ${refusal.message}`);
    if (reads.length === 1) return this.#inBatches(block, reads);
    const half = Math.ceil(reads.length / 2);
    const halves = await Promise.all([
      this.read(block, reads.slice(0, half)),
      this.read(block, reads.slice(half)),
    ]);
    return halves.flat();
  }

  /**
   * Repeats each call that failed without data by itself: another call of the aggregate may have used up the
   * gas.
   */
  async #settleSilent<T>({
    block,
    reads,
    returned,
    results,
  }: Reading<T> & { returned: readonly AggregatedResult[] }): Promise<void> {
    const silent = reads.flatMap((read, i) => {
      const [success, returnData] = returned[i] ?? [false, '0x'];
      return !success && returnData === '0x' ? [{ read, i }] : [];
    });
    if (silent.length === 0) return;
    const again = await this.#inBatches(
      block,
      silent.map(({ read }) => read),
    );
    for (const [k, { i }] of silent.entries()) results[i] = again[k] as ReadResult<T>;
  }

  async #inBatches<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]> {
    const work: Splittable = {
      limit: 'batch',
      size: reads.length,
      request: (from, count) =>
        this.#pinned(
          block,
          reads.slice(from, from + count).map((read, i) => this.#call(i + 1, block, read)),
        ),
    };
    const parts = await this.#provider.readChunks(
      work,
      ({ from, count, answers }) => {
        assertIs(block, answers[count]);
        return this.#batched(block, reads.slice(from, from + count), answers.slice(0, count));
      },
      { only: this.#only },
    );
    return parts.flat();
  }

  async #batched<T>(
    block: BlockRef,
    reads: readonly Read<T>[],
    answers: readonly JsonRpcAnswer[],
  ): Promise<ReadResult<T>[]> {
    // A refusal of the whole batch is in every answer.
    const refusals = answers.flatMap(answer => ('error' in answer ? [answer.error] : []));
    const [refusal] = refusals;
    if (refusal && refusals.length === reads.length) {
      if (refusals.every(each => this.#dislikesHash(each))) return this.#afterRefusal(block, reads, refusal);
      const kinds = refusals.map(classifyError);
      if (kinds.every(kind => kind !== 'revert' && kind !== 'request' && kind !== 'too-large'))
        return this.#afterRefusal(block, reads, refusal);
    }
    const results = reads.map((read, i): ReadResult<T> => {
      const answer = answers[i] ?? noAnswer;
      if ('result' in answer) return decoded(read, answer.result);
      const { data, message } = answer.error as { data?: unknown; message?: string };
      if (saysReverted(answer.error))
        return revertedResult(read, typeof data === 'string' ? data : undefined);
      return { ok: false, reason: `the call failed: ${plainLine(message ?? '')}` };
    });
    await this.#settleOdd({ block, reads, answers, results });
    return results;
  }

  #dislikesHash(refusal: JsonRpcError['error']): boolean {
    return (
      this.#byHash &&
      classifyError(refusal) === 'request' &&
      // An invalid opcode in a contract is no error about the request.
      !saysReverted(refusal) &&
      !/EVM error|invalid jump/i.test(refusal.message ?? '') &&
      /invalid|unmarshal|cannot parse|expected|unsupported/i.test(refusal.message ?? '')
    );
  }

  /**
   * Appends the block's header to calls at a number. Such calls see the chain of the moment, and the header
   * shows whether that is the wanted block.
   */
  #pinned({ number }: BlockRef, calls: JsonRpcPayload[]): JsonRpcPayload[] {
    if (this.#byHash) return calls;
    const params = [`0x${number.toString(16)}`, false];
    return [...calls, { jsonrpc: '2.0', id: calls.length + 1, method: 'eth_getBlockByNumber', params }];
  }

  #call(
    id: number,
    { hash, number }: BlockRef,
    { target: to, data }: Pick<Read<unknown>, 'target' | 'data'>,
  ): JsonRpcPayload {
    const tag = this.#byHash ? { blockHash: hash } : `0x${number.toString(16)}`;
    return { jsonrpc: '2.0', id, method: 'eth_call', params: [{ to, data }, tag] };
  }
}

/**
 * Checks at which block the calls ran.
 * @param header absent where the calls ran at the hash
 * @throws BotError when calls at a number ran at another block
 */
function assertIs({ number, hash }: BlockRef, header: JsonRpcAnswer | undefined): void {
  if (header === undefined) return;
  if ('error' in header)
    throw new BotError(`block ${number} could not be read: its header: ${header.error.message}`);
  const { hash: found } = (header.result ?? {}) as { hash?: string };
  if (found !== hash)
    throw new BotError(
      `block ${number} could not be read: the node has another one, or none, at that number`,
    );
}

const mostRemembered = 1_000;

function remember(set: Set<string>, key: string): void {
  set.add(key);
  const [oldest] = set;
  if (set.size > mostRemembered && oldest !== undefined) set.delete(oldest);
}

const noAnswer: JsonRpcError = { id: 0, error: { code: -32000, message: 'no answer' } };
