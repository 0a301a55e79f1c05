import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import type { Logger } from '@service-bots/core/logger';
import { type Block, contractMethod, type RawLog } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Diagnostics, View } from '../checks/index.ts';
import type { OpeningPrices } from '../checks/tradeEffects.ts';
import type { Verdict } from '../checks/verdict.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import { eventOf, eventTopics } from '../readings/events.ts';
import { type OpenShorts, readOpenShorts } from '../readings/openShorts.ts';
import { readShortsLedger } from '../readings/readShortsLedger.ts';
import { readSnapshots } from '../readings/readSnapshots.ts';
import type { LedgerUnknown, ShortsLedger } from '../readings/shortsLedger.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logs'> & {
  logger: Pick<Logger, 'warning'>;
};

interface Suspect {
  watched: WatchedPool;
  view: View;
  verdicts: readonly Verdict[];
}

/**
 * The outcomes of a check at which the diagnostics that it needs are read. Open shorts and their ledger are
 * hundreds of reads, and explain a failure only.
 */
const readAt = {
  openShorts: ['fails'],
  shortsLedger: ['fails'],
  openingPrices: ['fails', 'indeterminate'],
  checkpoints: ['fails', 'indeterminate'],
} satisfies Partial<Record<keyof Diagnostics, readonly Verdict['result']['outcome'][]>>;

/** Returns whether a check that needs a diagnostic has an outcome at which it is read. */
function isWanted(verdicts: readonly Verdict[], diagnostic: keyof typeof readAt): boolean {
  const outcomes: readonly string[] = readAt[diagnostic];
  return verdicts.some(
    ({ check, result }) => check.needs?.includes(diagnostic) && outcomes.includes(result.outcome),
  );
}

/**
 * Reads the explanation of findings: the events for each of them, and what their checks need besides.
 * @param ledgerMs the longest wait for the events since a loss, in ms
 */
export async function readDiagnostics(
  ctx: Context,
  block: Block,
  { suspects, ledgerMs = defaultLedgerMs }: { suspects: readonly Suspect[]; ledgerMs?: number },
): Promise<Map<WatchedPool, Diagnostics>> {
  if (suspects.length === 0) return new Map();
  const [logs, shorts, ledgers, checkpoints] = await Promise.all([
    readLogs(ctx, block, suspects),
    Promise.all(suspects.map(suspect => readShorts(ctx, block, suspect))),
    Promise.all(suspects.map(suspect => readLedger(ctx, block, { ...suspect, ledgerMs }))),
    Promise.all(suspects.map(suspect => readCheckpoints(ctx, block, suspect))),
  ]);
  const events = suspects.map(({ view: { pool, before } }) =>
    logs
      ?.filter(
        log =>
          log.address.toLowerCase() === pool.address.toLowerCase() &&
          Number(log.blockNumber) > (before?.block.number ?? block.number - 1),
      )
      .flatMap(log => eventOf(log, pool.decimals) ?? []),
  );
  const prices = await Promise.all(
    suspects.map((suspect, i) => readOpenings(ctx, block, { ...suspect, events: events[i] })),
  );
  return new Map(
    suspects.map(({ watched }, i) => [
      watched,
      {
        events: events[i],
        openShorts: shorts[i],
        openingPrices: prices[i],
        shortsLedger: ledgers[i],
        checkpoints: checkpoints[i],
      },
    ]),
  );
}

const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');

/**
 * Reads the opening prices of the positions in these events. They explain how far the LP share price may
 * move, and nothing else.
 */
async function readOpenings(
  { reader, logger }: Context,
  block: Block,
  { view: { pool }, verdicts, events }: Suspect & Pick<Diagnostics, 'events'>,
): Promise<OpeningPrices | undefined> {
  if (!events || !isWanted(verdicts, 'openingPrices')) return undefined;
  const maturities = [
    ...new Set(events.flatMap(({ minted, maturityTime }) => minted?.time ?? maturityTime ?? [])),
  ];
  try {
    const results = await reader.read(
      block,
      maturities.map(maturity => getCheckpoint(pool.address, Math.max(maturity - pool.positionDuration, 0))),
    );
    return new Map(
      results.flatMap((result, i) =>
        result.ok ? [[maturities[i] as number, result.value.vaultSharePrice] as const] : [],
      ),
    );
  } catch (error) {
    logger.warning('the prices at which positions were opened could not be read', {
      block: block.number,
      error,
    });
    return undefined;
  }
}

/** Less than the whole examination may take, so that a time-out here does not lose its other reads. */
const defaultLedgerMs = 4_000;
/** The wait for a reading that has not failed, before missing shares page by their number alone. */
const mostReadingMs = 120_000;

/** Returns the shares that there must be behind shorts, kept from look to look. */
async function readLedger(
  ctx: Context,
  block: Block,
  { watched, view: { pool, now }, verdicts, ledgerMs }: Suspect & { ledgerMs: number },
): Promise<ShortsLedger | LedgerUnknown | undefined> {
  if (!isWanted(verdicts, 'shortsLedger')) return undefined;
  if (!watched.ledgerReading) watched.ledgerReadBy = performance.now() + mostReadingMs;
  // A reading that takes longer than a look continues, and no other begins beside it.
  watched.ledgerReading ??= (async () => {
    const known = watched.shortsLedger;
    const base = watched.ledgerBases.findLast(each => each.block < block.number);
    try {
      const found = await readShortsLedger(ctx, { pool, now, ledger: known, base });
      // A reorg may have happened meanwhile.
      if (watched.shortsLedger === known) watched.shortsLedger = found;
      watched.ledgerFailure = undefined;
    } catch (error) {
      watched.ledgerFailure = reasonOf(error);
      const message = 'the shares behind shorts since the vault lost money could not be counted';
      ctx.logger.warning(message, { block: block.number, error });
    } finally {
      watched.ledgerReading = undefined;
    }
  })();
  await withDeadline(watched.ledgerReading, ledgerMs, () => new BotError('too late')).catch(() => undefined);
  if (watched.shortsLedger) return watched.shortsLedger;
  if (watched.ledgerFailure !== undefined) return { unknown: watched.ledgerFailure };
  if (!watched.ledgerReading) return undefined;
  const unknown = `the events since were not read within ${ledgerMs / 1000} s`;
  return performance.now() < watched.ledgerReadBy ? { unknown, isBeingRead: true } : { unknown };
}

/** Reads every checkpoint that may be overdue, where a block's reading had only some of them. */
async function readCheckpoints(
  { provider, reader, logger }: Context,
  block: Block,
  { watched, view: { pool, now, before, unknownCheckpoints }, verdicts }: Suspect,
): Promise<Diagnostics['checkpoints']> {
  if (!isWanted(verdicts, 'checkpoints') || !unknownCheckpoints || !before) return undefined;
  const own = now.pastCheckpoints.ok ? now.pastCheckpoints.value.map(({ time }) => time) : [];
  const due = watched.checkpoints.toRead(block.timestamp, Number.POSITIVE_INFINITY);
  const checkpoints = [...new Set([...own, ...due])].sort((a, b) => a - b);
  try {
    const [[then], [at]] = await Promise.all([
      readSnapshots({ provider, reader }, before.block, [{ pool, checkpoints }]),
      readSnapshots({ provider, reader }, block, [{ pool, checkpoints }]),
    ]);
    return then && at && { before: then.pastCheckpoints, now: at.pastCheckpoints };
  } catch (error) {
    logger.warning('the checkpoints that may be overdue could not all be read', {
      block: block.number,
      error,
    });
    return undefined;
  }
}

/** Reads all events of the suspected pools since the last look; undefined when they are not available. */
async function readLogs(
  { logs, logger }: Context,
  block: Block,
  suspects: readonly Suspect[],
): Promise<RawLog[] | undefined> {
  const from = Math.min(...suspects.map(({ view }) => view.before?.block.number ?? block.number - 1)) + 1;
  const address = suspects.map(({ watched }) => watched.address);
  const filter = { address, topics: [[...eventTopics]] };
  try {
    if (from === block.number) return await logs.ofBlock(filter, block);
    const found = await logs.read(filter, from, block.number);
    // The request is by number: after a reorg in between it would return another block's events.
    const isOther = found.some(
      log => Number(log.blockNumber) === block.number && log.blockHash !== block.hash,
    );
    return isOther ? undefined : found;
  } catch (error) {
    logger.warning('the events of a block could not be read', { block: block.number, error });
    return undefined;
  }
}

async function readShorts(
  { reader, logger }: Context,
  block: Block,
  { view: { pool, now }, verdicts }: Suspect,
): Promise<readonly OpenShorts[] | undefined> {
  if (!isWanted(verdicts, 'openShorts')) return undefined;
  try {
    return await readOpenShorts(reader, pool, now);
  } catch (error) {
    logger.warning('the prices at which shorts were opened could not be read', {
      block: block.number,
      error,
    });
    return undefined;
  }
}
