import { BotError } from '@service-bots/core/errors';
import { assetId } from '@service-bots/core/hyperdrive';
import { type Block, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { toBeHex, zeroPadValue } from 'ethers';
import type { LpandarbConfig } from '../config.ts';
import { amountFor, inBase } from '../limits/poolLimits.ts';
import { holdingsOf, type PaperHoldings } from '../paper/fillOf.ts';
import type { Positions } from '../planning/view.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import type { PoolLook } from '../reading/readSnapshot.ts';
import { type Booked, tradeIn } from './bookedTrade.ts';
import type { Ledger } from './Ledger.ts';

const cursor = 'booked up to block';
/** The meta value of a pool whose first positions are booked: the block of that. */
const openedAt = (pool: string) => `opened ${pool}`;
/** The meta value of a pool that is not looked after now: the last block up to which its trades are booked. */
const leftAt = (pool: string) => `left ${pool}`;
/** The meta value of a transaction of which only the gas was booked, and that a reorg took away: its pool and time. */
const reorgedGas = 'reorged ';

/** A reorg replaces fewer blocks than this, in less time. */
const mostReorganised = { blocks: 64, seconds: 1_800 };

/**
 * Books the trades that were mined since the ledger was last complete, from the events of the pools. Such
 * trades come from a former process, from a transaction for which no process waited, or from a person who uses
 * the wallet. Trades that a reorg has removed are removed, and trades that it has changed are booked anew.
 * Positions that exist when a pool is looked after for the first time are booked at their closing value, so that
 * they count as neither profit nor loss.
 * @throws every error of the reader; the bot does not trade until the books are complete
 */
export async function completeBooks(
  ctx: BotContext<LpandarbConfig>,
  ledger: Ledger,
  { wallet, looks, head }: { wallet: string; looks: readonly PoolLook[]; head: Block },
): Promise<void> {
  ledger.bookWaitingGas();
  const last = ledger.value(cursor);
  const named = new Set(ledger.pools().map(({ pool }) => pool));
  for (const look of looks) {
    const { address } = look.pool;
    if (!('view' in look) || ledger.value(openedAt(address)) !== undefined) continue;
    // A ledger of an earlier version does not know the block; it has booked the first positions.
    const isKnown = last !== undefined && named.has(address);
    if (!isKnown) bookOpening(ledger, look, head);
    ledger.setValue(openedAt(address), isKnown ? '0' : String(head.number));
  }
  // The cursor is set before the first transaction. After a crash, the events from here on are booked.
  if (last === undefined) return setCursor(ledger, head);
  const pools = looks.map(({ pool }) => pool);
  // A pool that was not looked after for a while has older trades to book than the others.
  const bookedTo = new Map(
    pools.map(({ address }) => [address, Number(ledger.value(leftAt(address)) ?? last)]),
  );
  const from = Math.max(Math.min(...bookedTo.values(), head.number - mostReorganised.blocks) + 1, 0);
  if (from > head.number) return;
  const topics = [null, zeroPadValue(wallet, 32).toLowerCase()];
  const logs = await ctx.logs.read(
    { address: pools.map(({ address }) => address), topics },
    from,
    head.number,
  );
  const mined = logs.flatMap((log): { pool: LpandarbPool; trade: Booked }[] => {
    const pool = pools.find(({ address }) => address.toLowerCase() === log.address.toLowerCase());
    const fields = { ...log, address: pool?.address ?? '', index: 0, blockNumber: Number(log.blockNumber) };
    const found = pool && tradeIn(fields, wallet, head.timestamp);
    return pool && found ? [{ pool, trade: found.trade }] : [];
  });
  const orphans = await removeOrphans(ctx, ledger, { mined, pools, from, head });
  await bookMinedAgain(ctx, ledger, { pools, head });
  for (const { pool, trade } of mined) {
    if (trade.block <= (bookedTo.get(pool.address) as number) && !orphans.includes(trade.hash)) continue;
    // The first positions include the trades before them.
    if (trade.block <= Number(ledger.value(openedAt(pool.address)) ?? head.number)) continue;
    if (ledger.tradesFrom(pool.address, from).some(({ hash }) => hash === trade.hash)) continue;
    const receipt = await ctx.provider.getTransactionReceipt(trade.hash);
    if (!receipt) throw new BotError(`the receipt of ${trade.hash} is not available yet`);
    ctx.logger.info('trade booked that was mined while no process waited for it', {
      hash: trade.hash,
      kind: trade.kind,
    });
    ledger.book(trade);
    bookGas(ctx.config, ledger, {
      pool,
      hash: receipt.hash,
      time: head.timestamp,
      wei: receipt.gasUsed * receipt.gasPrice,
    });
  }
}

/** Removes what the chain no longer has as it was booked, so that it is not counted, or is booked anew. */
async function removeOrphans(
  ctx: BotContext<LpandarbConfig>,
  ledger: Ledger,
  {
    mined,
    pools,
    from,
    head,
  }: { mined: readonly { trade: Booked }[]; pools: readonly LpandarbPool[]; from: number; head: Block },
): Promise<readonly string[]> {
  // An endpoint may lack the event of a trade that exists: the receipt decides.
  const exists = async (hash: string) => (await ctx.provider.getTransactionReceipt(hash)) !== null;
  const orphans: string[] = [];
  for (const row of pools.flatMap(({ address }) => ledger.tradesFrom(address, from))) {
    const trade = mined.find(each => each.trade.hash === row.hash)?.trade;
    const isSame = trade && trade.block === row.block && String(trade.amount) === row.amount;
    if (trade ? !isSame : !(await exists(row.hash))) orphans.push(row.hash);
  }
  for (const { hash, pool, time } of ledger.gasAloneSince(head.timestamp - mostReorganised.seconds)) {
    if (await exists(hash)) continue;
    orphans.push(hash);
    ledger.setValue(`${reorgedGas}${hash}`, `${pool} ${time}`);
  }
  if (orphans.length === 0) return orphans;
  ctx.logger.warning('transactions are no longer on the chain as they were booked: a reorg', {
    hashes: orphans,
  });
  ledger.remove(orphans);
  return orphans;
}

/** Books the gas of the transactions that were mined again after a reorg. No event tells of them. */
async function bookMinedAgain(
  { provider, config }: BotContext<LpandarbConfig>,
  ledger: Ledger,
  { pools, head }: { pools: readonly LpandarbPool[]; head: Block },
): Promise<void> {
  for (const { name, value } of ledger.valuesOf(reorgedGas)) {
    const hash = name.slice(reorgedGas.length);
    const [address, time] = value.split(' ');
    const receipt = await provider.getTransactionReceipt(hash);
    const pool = pools.find(each => each.address === address);
    const isMined = receipt !== null && pool !== undefined;
    if (isMined)
      bookGas(config, ledger, { pool, hash, time: head.timestamp, wei: receipt.gasUsed * receipt.gasPrice });
    if (isMined || Number(time) < head.timestamp - mostReorganised.seconds) ledger.forget(name);
  }
}

/**
 * Returns whether a reorg may have changed what is booked. Positions do not show that it has taken away an
 * approval, or that a trade is in another block now.
 * @param seen the newest block when the books were last looked at
 */
export async function concernsReorg(
  { provider }: BotContext<LpandarbConfig>,
  ledger: Ledger,
  { seen, head }: { seen: Block | undefined; head: Block },
): Promise<boolean> {
  if (ledger.valuesOf(reorgedGas).length > 0) return true;
  if (!seen || seen.hash === head.hash || seen.hash === head.parentHash) return false;
  if (!ledger.hasGasSince(head.timestamp - mostReorganised.seconds)) return false;
  const present = await readBlock(provider, seen.number).catch(() => undefined);
  return present?.hash !== seen.hash;
}

/**
 * Records that everything up to a block is booked. A pool of the ledger that is not looked after, because it is
 * not listed or was not found since the start, keeps the block up to which its trades are booked.
 * @param found addresses of the pools that were found since the start
 */
export function closeBooks(ledger: Ledger, head: Pick<Block, 'number'>, found: readonly string[]): void {
  for (const { pool } of ledger.pools()) {
    const left = ledger.value(leftAt(pool));
    if (found.includes(pool)) {
      if (left !== undefined) ledger.forget(leftAt(pool));
    } else if (left === undefined) ledger.setValue(leftAt(pool), ledger.value(cursor) ?? String(head.number));
  }
  setCursor(ledger, head);
}

function setCursor(ledger: Ledger, head: Pick<Block, 'number'>): void {
  const last = Number(ledger.value(cursor) ?? -1);
  if (head.number > last) ledger.setValue(cursor, String(head.number));
}

/**
 * Returns the pools whose positions the booked trades do not explain. A person may have used the wallet, or
 * another copy of the bot with another state folder.
 */
export function unexplainedIn(ledger: Ledger, looks: readonly PoolLook[]): string[] {
  return looks.flatMap(look => {
    if (!('view' in look)) return [];
    const { address } = look.pool;
    const booked = holdingsOf(ledger.tradesOf(address)).held;
    return keyOf(booked) === keyOf(look.marked.positions) ? [] : [address];
  });
}

function keyOf({ lpShares, withdrawalShares, bonds }: Positions | PaperHoldings['held']): string {
  const held = bonds.map(({ side, maturity, bonds: amount }) => `${side} ${maturity} ${amount}`);
  return [lpShares, withdrawalShares, ...held.sort()].join();
}

export function bookGas(
  config: LpandarbConfig,
  ledger: Ledger,
  { pool, hash, time, wei }: { pool: LpandarbPool; hash: string; time: number; wei: bigint },
): void {
  ledger.bookGas({
    hash,
    time,
    pool: pool.address,
    wei,
    base: inBase(wei, amountFor(config, 'NATIVE_IN_BASE', pool)),
  });
}

function bookOpening(ledger: Ledger, look: PoolLook, head: Block): void {
  if (!('view' in look)) return;
  const { address: pool } = look.pool;
  const common = {
    block: head.number,
    time: head.timestamp,
    pool,
    withdrawal: 0n,
    received: 0n,
    fees: 0n,
    log: 0,
  };
  const { positions, liquidity } = look.marked;
  const { lpShares, withdrawalShares } = positions;
  const nothing = { side: undefined, maturity: undefined };
  const openings: Booked[] = positions.bonds.map(({ side, maturity, bonds, value }) => ({
    ...common,
    hash: `opening ${pool} ${toBeHex(assetId(side, maturity))}`,
    kind: `open-${side}`,
    side,
    maturity,
    amount: bonds,
    paid: value,
  }));
  if (lpShares + withdrawalShares > 0n)
    openings.push({
      ...common,
      ...nothing,
      hash: `opening ${pool} liquidity`,
      kind: 'add-liquidity',
      amount: lpShares,
      withdrawal: withdrawalShares,
      paid: liquidity,
    });
  for (const opening of openings) ledger.book(opening);
}
