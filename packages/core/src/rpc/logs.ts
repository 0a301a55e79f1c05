import { BotError } from '../errors/index.ts';
import { allowedRange, classifyError } from './classify.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** A log as the node gives it. */
export interface RawLog {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  logIndex: string;
}

export interface LogFilter {
  address?: string | readonly string[];
  topics?: readonly (string | readonly string[] | null)[];
}

/** Reads logs over any range, in pages that the endpoints allow: what they refuse as too large is asked in smaller ones. */
export class LogReader {
  readonly #provider: FailoverProvider;
  #range: number;

  /** @param range blocks in one request at first; learned from the endpoints' refusals */
  constructor(provider: FailoverProvider, range = 10_000) {
    this.#provider = provider;
    this.#range = range;
  }

  /** Blocks that one request asks for now. */
  get range(): number {
    return this.#range;
  }

  /**
   * @param from first block @param to last block, both included
   * @throws BotError when a single block is refused, or for another reason than its size
   */
  async read(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const logs: RawLog[] = [];
    for (let start = from; start <= to; ) {
      const end = Math.min(start + this.#range - 1, to);
      const page = await this.#page(filter, start, end);
      if (!page) continue;
      logs.push(...page);
      start = end + 1;
    }
    return logs;
  }

  /** @returns undefined when the range was refused and is smaller now */
  async #page(filter: LogFilter, from: number, to: number): Promise<RawLog[] | undefined> {
    const params = [{ ...filter, fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }];
    const [answer] = await this.#provider.sendBatch([{ method: 'eth_getLogs', params }]);
    if (answer && 'result' in answer) return answer.result;
    const message = answer?.error.message ?? 'no answer';
    const asked = to - from + 1;
    if (!answer || classifyError(answer.error) !== 'too-large' || asked === 1) {
      throw new BotError(`logs of blocks ${from} to ${to} could not be read: ${message}`);
    }
    this.#range = Math.max(
      Math.min(allowedRange(message) ?? Number.POSITIVE_INFINITY, Math.floor(asked / 2)),
      1,
    );
    return undefined;
  }
}
