import { drawWindowBlocks, prizePoolInterfaces } from '@service-bots/devnet';
import type { PrizePool } from '../history/index.ts';
import type { ChainReader } from './ChainReader.ts';
import { blockTimeMs, seconds } from './checkpoints.ts';
import type { Finding } from './Finding.ts';
import { coveredMs, deadlineMs, gaps, type Span } from './spans.ts';
import { type BlockTime, type Bot, isSame, type Timeline } from './Timeline.ts';

/** A round of a prize pool, from the chain. */
export interface Round {
  readonly pool: PrizePool;
  readonly id: number;
  /** The chain time from which it may be committed, unix seconds. */
  readonly eligible: number;
  /** The block in which it was committed, or skipped because no ticket was sold. */
  readonly committed: BlockTime | undefined;
  /** Whether one of the bots' wallets sent the commit. */
  readonly isOurs: boolean;
  /** The draw's target block; absent for a round that was skipped. */
  readonly target: number | undefined;
  readonly settled: BlockTime | undefined;
  readonly failed: BlockTime | undefined;
}

const daySeconds = 86_400;
const weekSeconds = 7 * daySeconds;
/** 4 January 1970, the first Sunday, 00:00 UTC. */
const firstSunday = 3 * daySeconds;

/** Returns the first weekly anchor at or after a time, unix seconds. */
export function nextAnchor(anchor: NonNullable<PrizePool['anchor']>, from: number): number {
  const offset = firstSunday + anchor.weekday * daySeconds + anchor.hour * 3_600 + anchor.minute * 60;
  const weeks = Math.ceil((from - offset) / weekSeconds);
  return offset + weeks * weekSeconds;
}

/** When a round's commit is due: at its anchor where the pool is on its schedule, and otherwise as soon as it can be. */
export function commitDue(
  pool: PrizePool,
  eligible: number,
): { readonly due: number; readonly isAnchored: boolean } {
  if (!pool.anchor) return { due: eligible, isAnchored: false };
  const anchor = nextAnchor(pool.anchor, eligible);
  const isAnchored = anchor - eligible <= pool.holdLimitSeconds || pool.lateCommit === 'hold';
  return isAnchored ? { due: anchor, isAnchored } : { due: eligible, isAnchored };
}

export async function readRounds(pool: PrizePool, reader: ChainReader): Promise<Round[]> {
  const { pool: abi } = prizePoolInterfaces;
  const call = (name: string, args: readonly unknown[] = []) => ({
    to: pool.address,
    data: abi.encodeFunctionData(name, args),
    block: reader.head.number,
  });
  const [current] = await reader.calls([call('currentRoundId')]);
  if (current === undefined)
    throw new Error(`the prize pool ${pool.address} does not answer currentRoundId()`);
  const ids = Array.from({ length: Number(BigInt(current)) }, (_, index) => index + 1);
  const eligible = await reader.calls(ids.map(id => call('getCommitAfterTime', [id])));
  const events = (await reader.logs(pool.address)).flatMap(log => {
    const event = abi.parseLog(log);
    return event ? [{ event, block: reader.block(log.blockNumber), hash: log.transactionHash }] : [];
  });
  const of = (id: number, ...names: readonly string[]) =>
    events.find(({ event }) => names.includes(event.name) && event.args.getValue('roundId') === BigInt(id));
  return ids.map((id, index) => {
    const commit = of(id, 'RoundCommitted', 'RoundSkipped');
    const target = of(id, 'RoundCommitted')?.event.args.getValue('targetBlockNumber');
    return {
      pool,
      id,
      eligible: Number(BigInt(eligible[index] ?? 0)),
      committed: commit?.block,
      isOurs: reader.transactions.some(({ hash }) => hash === commit?.hash),
      target: target === undefined ? undefined : Number(target),
      settled: of(id, 'RoundSettled')?.block,
      failed: of(id, 'RoundFailed')?.block,
    };
  });
}

/** The time after an anchor within which operators accept a commit. */
const anchorToleranceMs = 5_000;
/** The longest pause before the keeper tries again what could not be sent (docs/architecture/keeper.md). */
const longestPauseMs = 30_000;
const blocksToMine = 3;
/** How long the base fee stays high after a spike. */
const spikeMs = 60_000;
/** The time by which a clock fault without a size may move a clock. */
const clockFaultSeconds = 600;

/** Every round is committed at its anchor and settled inside its window, unless a fault made it impossible. */
export function judgeRounds(rounds: readonly Round[], reader: ChainReader, timeline: Timeline): Finding[] {
  return rounds.flatMap(round => {
    const bot = keeperOf(round.pool, timeline);
    if (!bot) return [];
    return [...judgeCommit(round, bot, timeline), ...judgeDraw(round, bot, reader, timeline)];
  });
}

function judgeCommit(round: Round, bot: Bot, timeline: Timeline): Finding[] {
  const { pool, committed } = round;
  const where = `${pool.chain} ${pool.address}`;
  const { due, isAnchored } = commitDue(pool, round.eligible);
  const dueMs = timeline.msOfChainTime(pool.chain, due);
  const shiftMs = clockShiftMs(bot, dueMs, timeline);
  const evidence = { round: round.id, eligible: round.eligible, due, committed };
  if (committed && round.isOurs && committed.timestamp < due && isAnchored && shiftMs === 0) {
    const what = `a round was committed ${due - committed.timestamp} s before its anchor`;
    return [{ rule: 'round', what, where, atMs: dueMs, evidence }];
  }
  const idle = timeline.idle(bot.bot, pool.address);
  const before: Span = { fromMs: dueMs - 2 * bot.periodMs, toMs: dueMs + anchorToleranceMs };
  // A keeper that was held up around the anchor has to find the commit first.
  const isPrompt = isAnchored && coveredMs(idle, before) === 0;
  const reactionMs = isPrompt ? anchorToleranceMs : bot.periodMs + Math.max(bot.periodMs, longestPauseMs);
  // Where gas costs far more than usual, the keeper waits for half of a commit's lead (docs/runbooks/cannot-send.md).
  const isDear = timeline
    .faultsOf('fee-spike')
    .some(({ beganMs, endedMs }) => beganMs <= dueMs + anchorToleranceMs && dueMs - spikeMs <= endedMs);
  const waitMs = isDear ? (pool.leadSeconds * 1_000) / 2 : 0;
  const allowedMs = reactionMs + blocksToMine * blockTimeMs(timeline, pool.chain) + shiftMs + waitMs;
  const byMs = deadlineMs(dueMs, allowedMs, idle);
  const doneMs = committed ? timeline.seen(pool.chain, committed).notBeforeMs : timeline.history.endedMs;
  if (!(doneMs > byMs)) return [];
  const goal = isAnchored ? 'its anchor' : 'the time from which it could be';
  const what = committed
    ? `a round was committed ${seconds(doneMs - dueMs)} after ${goal}`
    : `a round was never committed, which was due at ${goal}`;
  return [{ rule: 'round', what, where, atMs: byMs, evidence: { ...evidence, dueMs, byMs } }];
}

function judgeDraw(round: Round, bot: Bot, reader: ChainReader, timeline: Timeline): Finding[] {
  const { pool, target, settled, failed } = round;
  if (target === undefined || settled) return [];
  const last = target + drawWindowBlocks;
  if (reader.head.number <= last) return [];
  const where = `${pool.chain} ${pool.address}`;
  const evidence = { round: round.id, target, lastBlock: last, failed };
  const window: Span = {
    fromMs: timeline.seen(pool.chain, reader.block(target + 1)).visibleMs,
    toMs: timeline.seen(pool.chain, reader.block(last)).notBeforeMs,
  };
  const neededMs = 2 * bot.periodMs + blocksToMine * blockTimeMs(timeline, pool.chain);
  const free = gaps(timeline.idle(bot.bot, pool.address), window).find(
    ({ fromMs, toMs }) => toMs - fromMs >= neededMs,
  );
  const findings: Finding[] = [];
  if (free) {
    const what = 'a draw was lost: its round was not settled inside its 255 blocks, which was possible';
    findings.push({ rule: 'round', what, where, atMs: window.toMs, evidence: { ...evidence, window, free } });
  }
  const lostMs = timeline.seen(pool.chain, reader.block(last + 1)).visibleMs;
  const markedBy = deadlineMs(lostMs, neededMs, timeline.idle(bot.bot, pool.address));
  if (!failed && markedBy < timeline.history.endedMs) {
    const what = 'a lost draw was never marked as failed: its depositors cannot withdraw';
    findings.push({ rule: 'round', what, where, atMs: markedBy, evidence });
  }
  return findings;
}

/** The time by which a keeper's clock may have been wrong when a commit was due. */
function clockShiftMs(bot: Bot, dueMs: number, timeline: Timeline): number {
  return Math.max(
    0,
    ...timeline.faultsOf('clock-shift', 'clock-jump', 'clock-slow').map(fault => {
      const ms = Math.abs(Number(fault.parameters.seconds ?? clockFaultSeconds)) * 1_000;
      const isHis = fault.target.bot === undefined || fault.target.bot === bot.bot;
      return isHis && fault.beganMs <= dueMs + ms && dueMs - ms <= fault.endedMs ? ms : 0;
    }),
  );
}

function keeperOf(pool: PrizePool, timeline: Timeline): Bot | undefined {
  return timeline.bots.find(
    bot => bot.kind === 'keeper' && (bot.pools?.some(address => isSame(address, pool.address)) ?? true),
  );
}
