import { Interface, type JsonRpcError } from 'ethers';
import { BotError, reasonOf } from '../errors/index.ts';
import { type AggregatedResult, decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';
import type { Block } from './block.ts';
import { classifyError } from './classify.ts';
import { contractRead, type Read } from './contractRead.ts';
import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import type { JsonRpcAnswer } from './transport.ts';

/** The same address on every live chain: https://www.multicall3.com. */
export const multicall3 = '0xcA11bde05977b3631167028862bE2a173976CA11';

const multicallAbi = new Interface(['function getEthBalance(address account) view returns (uint256)']);

/**
 * What became of a read: its value, or why there is none. One that failed never spoils the others. `reverted` is set
 * where it is the contract itself that refused, which every node would say.
 */
export type ReadResult<T> = { ok: true; value: T } | { ok: false; reason: string; reverted?: true };

/** The block that reads are pinned to. */
export type BlockRef = Pick<Block, 'number' | 'hash'>;

/** How to read many contracts at one block in few requests on this chain. */
export interface BatchReader {
  /**
   * All reads see the very block with this hash, whichever endpoint answers.
   * @returns a result for each read, in their order
   * @throws what the provider throws; Error when no endpoint has the block
   */
  read<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]>;
  /** Native balance, as a read among others; undefined where there is no Multicall3. */
  balanceOf(account: string): Read<bigint> | undefined;
  /** The same, but every request goes to this endpoint: for a second opinion. */
  via(endpoint: Endpoint): BatchReader;
  /** Calls in one request now: endpoints that refuse make it smaller. */
  readonly size: number;
}

/** Calls in one aggregate: well under the 50 million gas and the 2 MB answers that public endpoints allow. */
const callsPerAggregate = 2_500;
/** Calls in one JSON-RPC batch: geth refuses more than 1,000, gateways often half of that. */
const callsPerBatch = 500;

/**
 * @param most calls in one request at first
 * @throws what the provider throws, when it cannot tell whether the chain has Multicall3
 */
export async function createBatchReader(
  provider: FailoverProvider,
  most = callsPerAggregate,
): Promise<BatchReader> {
  const hasMulticall = (await provider.getCode(multicall3)) !== '0x';
  const size = hasMulticall ? most : Math.min(most, callsPerBatch);
  return new Batches(provider, hasMulticall, size, calls => provider.sendBatch(calls));
}

/** Many calls in one request; an answer for each, in their order. */
type SendBatch = (calls: { method: string; params: unknown[] }[]) => Promise<JsonRpcAnswer[]>;

class Batches implements BatchReader {
  readonly #provider: FailoverProvider;
  readonly #send: SendBatch;
  readonly #hasMulticall: boolean;
  #size: number;
  /** Some gateways do not take a block's hash where its number can stand. */
  #byHash = true;

  constructor(provider: FailoverProvider, hasMulticall: boolean, size: number, send: SendBatch) {
    this.#provider = provider;
    this.#send = send;
    this.#hasMulticall = hasMulticall;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  balanceOf(account: string): Read<bigint> | undefined {
    return this.#hasMulticall
      ? contractRead<bigint>(multicallAbi, multicall3, 'getEthBalance', [account])
      : undefined;
  }

  via(endpoint: Endpoint): BatchReader {
    const ask: SendBatch = calls =>
      Promise.all(calls.map(({ method, params }) => this.#provider.askOne(endpoint, method, params)));
    return new Batches(this.#provider, this.#hasMulticall, this.#size, ask);
  }

  async read<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]> {
    const chunks: (readonly Read<T>[])[] = [];
    for (let i = 0; i < reads.length; i += this.#size) chunks.push(reads.slice(i, i + this.#size));
    const results = await Promise.all(chunks.map(chunk => this.#chunk(block, chunk)));
    return results.flat();
  }

  async #chunk<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<ReadResult<T>[]> {
    const outcome = this.#hasMulticall
      ? await this.#aggregate(block, reads)
      : await this.#batch(block, reads);
    if (outcome.results) return outcome.results;
    const { refusal } = outcome;
    const kind = classifyError(refusal);
    if (
      this.#byHash &&
      kind === 'answer' &&
      /invalid|unmarshal|cannot parse|expected|unsupported/i.test(refusal.message ?? '')
    ) {
      this.#byHash = false;
      return this.#chunk(block, reads);
    }
    // Too much at a time, or one contract that burns the gas of all: in halves it is found, and the others are read.
    if (kind !== 'too-large' && kind !== 'answer')
      throw new BotError(`block ${block.number} could not be read: ${refusal.message}`);
    const [only] = reads;
    if (reads.length === 1 && only) return this.#alone(block, only);
    const half = Math.ceil(reads.length / 2);
    if (kind === 'too-large') this.#size = Math.max(Math.min(this.#size, half), 1);
    const halves = await Promise.all([
      this.#chunk(block, reads.slice(0, half)),
      this.#chunk(block, reads.slice(half)),
    ]);
    return halves.flat();
  }

  async #alone<T>(block: BlockRef, read: Read<T>): Promise<ReadResult<T>[]> {
    const { results, refusal } = await this.#batch(block, [read]);
    return results ?? [{ ok: false, reason: `the call failed: ${refusal.message}` }];
  }

  async #aggregate<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<Outcome<T>> {
    const [answer] = await this.#send([this.#call(block, multicall3, encodeAggregate3(reads))]);
    if (!answer || !('result' in answer)) return { refusal: answer?.error ?? noAnswer };
    if (answer.result === '0x')
      return { refusal: { code: -32000, message: 'Multicall3 is not there at this block' } };
    const returned = decodeAggregate3(answer.result, reads.length);
    const results = reads.map((read, i): ReadResult<T> => {
      const [success, returnData] = returned[i] ?? [false, '0x'];
      if (success) return decoded(read, returnData);
      return { ok: false, reason: `the call reverted (${returnData.slice(0, 10)})`, reverted: true };
    });
    await this.#settleSilent(block, reads, returned, results);
    return { results };
  }

  /** What failed without a word may only have been left without gas by another call: asked again by itself. */
  async #settleSilent<T>(
    block: BlockRef,
    reads: readonly Read<T>[],
    returned: readonly AggregatedResult[],
    results: ReadResult<T>[],
  ) {
    const silent = reads.flatMap((read, i) => {
      const [success, returnData] = returned[i] ?? [false, '0x'];
      return !success && returnData === '0x' ? [{ read, i }] : [];
    });
    if (silent.length === 0) return;
    const again = await this.#batch(
      block,
      silent.map(({ read }) => read),
    );
    for (const [k, { i }] of silent.entries()) {
      results[i] = again.results?.[k] ?? { ok: false, reason: 'the call reverted' };
    }
  }

  async #batch<T>(block: BlockRef, reads: readonly Read<T>[]): Promise<Outcome<T>> {
    const answers = await this.#send(reads.map(({ target, data }) => this.#call(block, target, data)));
    const [first] = answers;
    // A refusal of the batch as a whole stands in every answer.
    const isRefused = answers.every(answer => 'error' in answer && classifyError(answer.error) !== 'answer');
    if (isRefused && first && 'error' in first) return { refusal: first.error };
    const results = reads.map((read, i): ReadResult<T> => {
      const answer = answers[i];
      if (answer && 'result' in answer) return decoded(read, answer.result);
      const { code, message } = answer?.error ?? noAnswer;
      const reason = `the call failed: ${message}`;
      return code === revertedCode ? { ok: false, reason, reverted: true } : { ok: false, reason };
    });
    return { results };
  }

  #call({ hash, number }: BlockRef, to: string, data: string) {
    const tag = this.#byHash ? { blockHash: hash } : `0x${number.toString(16)}`;
    return { method: 'eth_call', params: [{ to, data }, tag] };
  }
}

type Refusal = JsonRpcError['error'];
type Outcome<T> =
  | { results: ReadResult<T>[]; refusal?: undefined }
  | { results?: undefined; refusal: Refusal };
/** What nodes answer for a call that the contract refused. */
const revertedCode = 3;
const noAnswer: Refusal = { code: -32000, message: 'no answer' };

function decoded<T>(read: Read<T>, returned: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(returned) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}
