import { BotError } from '../errors/index.ts';
import type { Block } from './block.ts';
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

/** Reads logs over any range, in pages as large as the endpoint that is asked takes. */
export class LogReader {
  readonly #provider: FailoverProvider;

  constructor(provider: FailoverProvider) {
    this.#provider = provider;
  }

  /**
   * @param from first block @param to last block, both included
   * @throws BotError when a single block is refused, or for another reason than its size
   */
  async read(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const pages = await this.#provider.readParts(
      {
        budget: 'logRange',
        size: Math.max(to - from + 1, 0),
        request: (start, count) => [
          {
            jsonrpc: '2.0',
            id: 1,
            method: 'eth_getLogs',
            params: [{ ...filter, fromBlock: hex(from + start), toBlock: hex(from + start + count - 1) }],
          },
        ],
      },
      ({ from: start, count, answers: [answer] }): RawLog[] => {
        if (answer && 'result' in answer) return answer.result;
        const message = answer?.error.message ?? 'no answer';
        const blocks = `blocks ${from + start} to ${from + start + count - 1}`;
        throw new BotError(`logs of ${blocks} could not be read: ${message}`);
      },
      // The heaviest of reads: public endpoints limit these before all others.
      { atOnce: 1 },
    );
    return pages.flat();
  }

  /** The logs of the very block with this hash. @throws BotError when no endpoint has it */
  ofBlock(filter: LogFilter, block: Pick<Block, 'number' | 'hash'>): Promise<RawLog[]> {
    return this.ofBlocks(filter, [block]);
  }

  /**
   * The logs of the very blocks with these hashes, in one batch. Of a range, a node that does not have its end yet just
   * tells nothing, and who answers behind a URL may be another node each time.
   * @throws BotError when no endpoint has one of them
   */
  async ofBlocks(filter: LogFilter, blocks: readonly Pick<Block, 'number' | 'hash'>[]): Promise<RawLog[]> {
    const answers = await this.#provider.sendBatch(
      blocks.map(({ hash }) => ({ method: 'eth_getLogs', params: [{ ...filter, blockHash: hash }] })),
    );
    return answers.flatMap((answer, i): RawLog[] => {
      if ('result' in answer) return answer.result;
      const { message = 'no answer' } = answer.error;
      throw new BotError(`logs of block ${blocks[i]?.number} could not be read: ${message}`);
    });
  }
}

function hex(block: number): string {
  return `0x${block.toString(16)}`;
}
