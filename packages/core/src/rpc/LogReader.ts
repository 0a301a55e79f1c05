import { systemClock, withDeadline } from '../clock/index.ts';
import { BotError } from '../errors/index.ts';
import { type Block, readBlocks } from './block.ts';
import { bloomSays, isBloom } from './bloom.ts';
import type { Splittable } from './chunks.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { type LogFilter, matchesFilter, type RawLog } from './logShape.ts';
import type { JsonRpcAnswer } from './reply.ts';

/**
 * The known facts about a block whose logs are read. Without the bloom, the header is read if the block has
 * no logs.
 */
export type HeaderOf = Pick<Block, 'number' | 'hash' | 'logsBloom'>;

/** How long a second endpoint is waited for where the first returned no logs, in ms. */
const secondOpinionMs = 2_000;
/** A node has a block's logs within this time after its header. */
const lateLogsMs = 4_000;
/** Pauses before the logs of a block are read again, when its header shows that there are some. */
const retriesMs: readonly number[] = [150, 300, 600, 1_000, 1_500, 1_500];
/** From this retry on the receipts are read too, since a node may have them sooner than the logs. */
const receiptsFromTry = 1;

/** Reads logs over any range, in pages as large as the endpoint's limit. */
export class LogReader {
  readonly #provider: FailoverProvider;

  constructor(provider: FailoverProvider) {
    this.#provider = provider;
  }

  /**
   * Reads the logs of a range of blocks.
   * @param from first block
   * @param to last block, both included
   * @throws BotError when a single block is refused, or for another reason than its size
   */
  async read(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const pages = await this.#provider.readChunks(
      rangeOf(filter, from, to),
      async ({ from: start, count, answers: [answer] }): Promise<RawLog[]> => {
        const [first, last] = [from + start, from + start + count - 1];
        if (!answer || !('result' in answer)) {
          const message = answer?.error.message ?? 'no answer';
          throw new BotError(`logs of blocks ${first} to ${last} could not be read: ${message}`);
        }
        const page: RawLog[] = answer.result;
        return page.length > 0 ? page : this.#elsewhere(filter, first, last);
      },
      // Log requests are the heaviest reads: public endpoints limit them before all others.
      { atOnce: 1 },
    );
    const logs = pages.flat();
    return [...logs, ...(await this.#overlooked(filter, { from, to, logs }))];
  }

  /**
   * Reads a range for which an endpoint returned no logs at a second one: a node that no longer has the logs of
   * old blocks, or has no index yet, leaves them out without an error.
   */
  async #elsewhere(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    // An endpoint that lags may still have these blocks: it is asked for its head first.
    const [, ...others] = this.#provider.health.ranked();
    const second = others.find(({ breaker }) => !breaker.isOpen);
    if (!second || second.refusals.isKnown('eth_getLogs')) return [];
    const pages = this.#provider.readChunks(
      rangeOf(filter, from, to),
      ({ answers: [answer] }): RawLog[] => (answer && 'result' in answer ? answer.result : []),
      { atOnce: 1, only: second },
    );
    const late = () => new BotError('late');
    return (await withDeadline(pages, secondOpinionMs, late).catch((): RawLog[][] => [])).flat();
  }

  /**
   * Reads the newest blocks of a range without logs again, since a node may have their headers and not yet
   * their logs.
   */
  async #overlooked(
    filter: LogFilter,
    { from, to, logs }: { from: number; to: number; logs: readonly RawLog[] },
  ): Promise<RawLog[]> {
    const newest = this.#provider.health.bestHead;
    const first = Math.max(newest - this.#provider.blocksIn(lateLogsMs), from);
    if (first > Math.min(to, newest)) return [];
    const found = new Set(logs.map(({ blockHash }) => blockHash));
    const headers = await readBlocks(this.#provider, first, Math.min(to, newest));
    const silent = headers.filter(
      ({ hash, logsBloom }) =>
        !found.has(hash) &&
        logsBloom !== undefined &&
        isBloom(logsBloom) &&
        bloomSays(logsBloom, filter) !== 'no',
    );
    return silent.length === 0 ? [] : this.ofBlocks(filter, silent);
  }

  /** Reads the logs of the very block with this hash. @throws BotError when no endpoint has it */
  ofBlock(filter: LogFilter, block: HeaderOf): Promise<RawLog[]> {
    return this.ofBlocks(filter, [block]);
  }

  /**
   * Reads the logs of the very blocks with these hashes, in one batch. A range is less safe: a node that does
   * not have its end yet simply omits it, and another node behind the same URL may answer each time. A node
   * that has the header before the logs omits them as well. The absence of logs is believed in three cases
   * only: the header's bloom rules logs out, the receipts have none, or, where the bloom is too full to
   * decide, a second endpoint has none.
   * @throws BotError when no endpoint has one of the blocks, or the logs that its header shows
   */
  async ofBlocks(filter: LogFilter, blocks: readonly HeaderOf[]): Promise<RawLog[]> {
    const found: (RawLog[] | undefined)[] = await this.#ask(filter, blocks);
    const silent = await this.#silent(filter, blocks, found);
    await this.#askElsewhere(filter, { blocks, found, positions: silent.unsaid });
    let doubtful = [...silent.doubtful, ...silent.unsaid.filter(i => found[i] === undefined)];
    for (const [tries, pauseMs] of retriesMs.entries()) {
      if (doubtful.length === 0) break;
      await systemClock.sleep(pauseMs);
      const asked = doubtful.map(i => blocks[i] as HeaderOf);
      const again = await this.#ask(filter, asked);
      const settled = await Promise.all(
        asked.map((block, k) =>
          (again[k] as RawLog[]).length === 0 && tries >= receiptsFromTry
            ? logsInReceipts(this.#provider, filter, block)
            : again[k],
        ),
      );
      doubtful = doubtful.filter((i, k) => {
        const logs = settled[k];
        if (logs) found[i] = logs;
        // Only the receipts, read to the last, prove that there are no logs.
        return logs === undefined || (logs.length === 0 && tries < receiptsFromTry);
      });
    }
    const [first] = doubtful;
    if (first === undefined) return found.flatMap(logs => logs ?? []);
    const { number } = blocks[first] as HeaderOf;
    throw new BotError(
      `logs of block ${number} could not be read: its header shows some, and no node has them yet`,
    );
  }

  /** Reads the logs of each block. */
  async #ask(filter: LogFilter, blocks: readonly HeaderOf[]): Promise<RawLog[][]> {
    const answers = await this.#provider.sendBatch(
      blocks.map(({ hash }) => ({ method: 'eth_getLogs', params: [{ ...filter, blockHash: hash }] })),
    );
    return answers.map((answer, i): RawLog[] => {
      if ('result' in answer) return answer.result;
      const { message = 'no answer' } = answer.error;
      throw new BotError(`logs of block ${blocks[i]?.number} could not be read: ${message}`);
    });
  }

  /**
   * Returns the positions of the blocks without logs: those whose headers show some, and those whose blooms
   * are too full to decide.
   */
  async #silent(
    filter: LogFilter,
    blocks: readonly HeaderOf[],
    found: readonly (readonly RawLog[] | undefined)[],
  ): Promise<{ doubtful: number[]; unsaid: number[] }> {
    const silent = blocks.flatMap((block, i) => (found[i]?.length === 0 ? [{ block, i }] : []));
    const unread = silent.filter(({ block }) => block.logsBloom === undefined);
    const answers = await this.#provider.sendBatch(
      unread.map(({ block }) => ({ method: 'eth_getBlockByHash', params: [block.hash, false] })),
    );
    const blooms = new Map(
      unread.map(({ i }, k) => {
        const answer = answers[k];
        return [i, answer && 'result' in answer ? answer.result?.logsBloom : undefined];
      }),
    );
    const positions = { yes: [] as number[], no: [] as number[], unknown: [] as number[] };
    for (const { block, i } of silent) {
      const bloom: unknown = block.logsBloom ?? blooms.get(i);
      // Some chains have no blooms.
      if (typeof bloom === 'string' && isBloom(bloom)) positions[bloomSays(bloom, filter)].push(i);
    }
    return { doubtful: positions.yes, unsaid: positions.unknown };
  }

  /**
   * Replaces the logs of these blocks by those of a second endpoint; by undefined where no endpoint can
   * decide yet.
   */
  async #askElsewhere(
    filter: LogFilter,
    {
      blocks,
      found,
      positions,
    }: { blocks: readonly HeaderOf[]; found: (RawLog[] | undefined)[]; positions: readonly number[] },
  ): Promise<void> {
    const asked = positions.map(i => blocks[i] as HeaderOf);
    const logs = await logsElsewhere(this.#provider, filter, asked);
    for (const [k, i] of positions.entries()) found[i] = logs[k];
  }
}

function rangeOf(filter: LogFilter, from: number, to: number): Splittable {
  return {
    limit: 'logRange',
    size: Math.max(to - from + 1, 0),
    request: (start, count) => [
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'eth_getLogs',
        params: [{ ...filter, fromBlock: hex(from + start), toBlock: hex(from + start + count - 1) }],
      },
    ],
  };
}

function hex(block: number): string {
  return `0x${block.toString(16)}`;
}

/**
 * Reads the logs of blocks for which an endpoint returned none, and whose blooms are too full to decide: a
 * second endpoint decides. Where it cannot, the receipt of a block's last transaction shows whether the node
 * has the block's logs.
 * @returns the logs of each block; undefined where no endpoint can decide yet
 */
async function logsElsewhere(
  provider: FailoverProvider,
  filter: LogFilter,
  blocks: readonly { hash: string }[],
): Promise<(RawLog[] | undefined)[]> {
  if (blocks.length === 0) return [];
  const [, second] = provider.health.inUse();
  if (!second) return Promise.all(blocks.map(block => noneWithReceipts(provider, block)));
  const payloads = blocks.map(({ hash }, i) => ({
    jsonrpc: '2.0' as const,
    id: i + 1,
    method: 'eth_getLogs',
    params: [{ ...filter, blockHash: hash }],
  }));
  const answers = await provider
    .readChunks(
      {
        limit: 'batch',
        size: blocks.length,
        request: (from, count) => payloads.slice(from, from + count),
      },
      chunk => chunk.answers,
      { only: second },
    )
    .catch((): JsonRpcAnswer[][] => []);
  const logs = answers.flat();
  return Promise.all(
    blocks.map((block, i) => {
      const answer = logs[i];
      return answer && 'result' in answer ? (answer.result as RawLog[]) : noneWithReceipts(provider, block);
    }),
  );
}

/** Returns no logs, once the node has the receipts of the block. */
async function noneWithReceipts(
  provider: FailoverProvider,
  { hash }: { hash: string },
): Promise<RawLog[] | undefined> {
  const [block] = await provider.sendBatch([{ method: 'eth_getBlockByHash', params: [hash, false] }]);
  const transactions: unknown = block && 'result' in block ? block.result?.transactions : undefined;
  const last: unknown = Array.isArray(transactions) ? transactions.at(-1) : undefined;
  if (last === undefined) return undefined;
  const [receipt] = await provider.sendBatch([{ method: 'eth_getTransactionReceipt', params: [last] }]);
  return receipt && 'result' in receipt && receipt.result?.blockHash === hash ? [] : undefined;
}

/**
 * Reads the logs of a block from its transactions' receipts, for a node that returns no logs although the
 * header shows some.
 * @returns undefined while a receipt is missing
 */
async function logsInReceipts(
  provider: FailoverProvider,
  filter: LogFilter,
  { hash }: Pick<Block, 'hash'>,
): Promise<RawLog[] | undefined> {
  const [block] = await provider.sendBatch([{ method: 'eth_getBlockByHash', params: [hash, false] }]);
  const transactions: unknown = block && 'result' in block ? block.result?.transactions : undefined;
  if (!Array.isArray(transactions)) return undefined;
  const receipts = await provider.sendBatch(
    transactions.map(transaction => ({ method: 'eth_getTransactionReceipt', params: [transaction] })),
  );
  const logs: RawLog[] = [];
  for (const receipt of receipts) {
    if (!('result' in receipt) || receipt.result === null || receipt.result.blockHash !== hash)
      return undefined;
    logs.push(...(receipt.result.logs as RawLog[]));
  }
  return logs.filter(log => matchesFilter({ ...log }, filter));
}
