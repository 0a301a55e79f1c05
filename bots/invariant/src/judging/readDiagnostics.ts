import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import type { Logger } from '@service-bots/core/logger';
import { type Block, contractMethod, type RawLog } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Verdict } from '../checks/evaluate.ts';
import type { CloserLook, View } from '../checks/index.ts';
import { lpSharePriceCheck } from '../checks/lpSharePrice.ts';
import { presentValueCheck } from '../checks/presentValue.ts';
import { totalShares } from '../checks/totalShares.ts';
import type { OpeningPrices } from '../checks/tradeEffects.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import { eventOf, eventTopics, type PoolEvent } from '../readings/events.ts';
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
 * Reads the explanation of a finding: the events, and for total-shares the shares behind shorts.
 * @param ledgerMs the longest wait for the events since a loss, in ms
 */
export async function lookCloser(
  ctx: Context,
  block: Block,
  suspects: readonly Suspect[],
  ledgerMs = defaultLedgerMs,
): Promise<Map<WatchedPool, CloserLook>> {
  if (suspects.length === 0) return new Map();
  const [logs, shorts, ledgers, checkpoints] = await Promise.all([
    readLogs(ctx, block, suspects),
    Promise.all(suspects.map(suspect => readShorts(ctx, block, suspect))),
    Promise.all(suspects.map(suspect => readLedger(ctx, block, suspect, ledgerMs))),
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
    suspects.map((suspect, i) => readOpenings(ctx, block, suspect, events[i])),
  );
  return new Map(
    suspects.map(({ watched }, i) => [
      watched,
      {
        events: events[i],
        openShorts: shorts[i],
        openingPrices: prices[i],
        ledger: ledgers[i],
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
  { view: { pool }, verdicts }: Suspect,
  events: readonly PoolEvent[] | undefined,
): Promise<OpeningPrices | undefined> {
  const hasMoved = verdicts.some(
    ({ check, result }) =>
      check === lpSharePriceCheck && result.outcome !== 'holds' && result.outcome !== 'skipped',
  );
  if (!events || !hasMoved) return undefined;
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
  { watched, view: { pool, now }, verdicts }: Suspect,
  ledgerMs: number,
): Promise<ShortsLedger | LedgerUnknown | undefined> {
  if (!verdicts.some(isMissingShares)) return undefined;
  if (!watched.ledgerReading) watched.ledgerReadBy = performance.now() + mostReadingMs;
  // A reading that takes longer than a look continues, and no other begins beside it.
  watched.ledgerReading ??= (async () => {
    const known = watched.shortsLedger;
    const base = watched.ledgerBases.findLast(each => each.block < block.number);
    try {
      const found = await readShortsLedger(ctx, pool, now, { ledger: known, base });
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
): Promise<CloserLook['checkpoints']> {
  const isValued = verdicts.some(
    ({ check, result }) =>
      (check === lpSharePriceCheck || check === presentValueCheck) &&
      (result.outcome === 'fails' || result.outcome === 'indeterminate'),
  );
  if (!isValued || !unknownCheckpoints || !before) return undefined;
  const own = now.pastCheckpoints.ok ? now.pastCheckpoints.value.map(({ time }) => time) : [];
  const due = watched.checkpoints.toRead(block.timestamp, Number.POSITIVE_INFINITY);
  const checkpoints = [...new Set([...own, ...due])].sort((a, b) => a - b);
  try {
    const [[then], [at]] = await Promise.all([
      readSnapshots(provider, reader, before.block, [{ pool, checkpoints }]),
      readSnapshots(provider, reader, block, [{ pool, checkpoints }]),
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

function isMissingShares({ check, result }: Verdict): boolean {
  return check === totalShares && result.outcome === 'fails';
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
  // These are hundreds of reads, and explain nothing else.
  if (!verdicts.some(isMissingShares)) return undefined;
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
