import { mulDown, one } from '@service-bots/core/hyperdrive';
import { formatEther } from 'ethers';
import type { Ledger, TradeRow } from '../ledger/Ledger.ts';
import { percent } from '../planning/texts.ts';
import type { Halt } from './halt.ts';

/** What the operator allows over time. */
export interface TimeLimits {
  tradesPerHour: number;
  /** Parts of the capital, 18 decimals. */
  maxLossPerDay: bigint;
  maxDrawdown: bigint;
  maxGasWeiPerDay: bigint;
  coolDownSeconds: number;
}

/** The pools of one base token as they stand. */
export interface TokenStanding {
  token: string;
  capital: bigint;
  /** All that was earned so far, marked to what closing would pay. */
  profit: bigint;
  pools: readonly string[];
}

/** Whether something new may be begun, and how much. */
export interface Standing {
  noNewRisk: string | undefined;
  transactions: number;
  /** A limit was reached that a person has to look at: it halts the bot until resumed. */
  halts: string | undefined;
}

const hour = 3_600;
const day = 86_400;

/**
 * Returns what the limits over time leave. The reasons are texts for people; the first that applies is given.
 * @param now the chain's time
 */
export function standingOf(
  ledger: Ledger,
  limits: TimeLimits,
  tokens: readonly TokenStanding[],
  halt: Halt | undefined,
  now: number,
): Standing {
  const trades = ledger.tradesSince(now - hour).length;
  const transactions = Math.max(limits.tradesPerHour - trades, 0);
  const drawdowns = tokens.map(token => drawdownOf(ledger, token, limits, halt === undefined));
  const halts = drawdowns.find(reason => reason !== undefined);
  const reasons = [
    halt && `${halt.mode === 'unwind' ? 'everything is being closed' : 'halted'} by ${halt.by}: ${halt.why}`,
    halts,
    ...tokens.map(token => lossOfDay(ledger, token, limits, now)),
    gasOfDay(ledger, limits, now),
    coolDown(ledger.tradesSince(now - limits.coolDownSeconds), limits, now),
    transactions === 0
      ? `${trades} trades within an hour, and ${limits.tradesPerHour} are allowed`
      : undefined,
  ];
  return { noNewRisk: reasons.find(reason => reason !== undefined), transactions, halts };
}

function lossOfDay(
  ledger: Ledger,
  { capital, profit, pools }: TokenStanding,
  { maxLossPerDay }: TimeLimits,
  now: number,
): string | undefined {
  const before = pools.reduce((sum, pool) => sum + profitAt(ledger, pool, now - day), 0n);
  const lost = before - profit;
  if (lost <= 0n || lost < mulDown(capital, maxLossPerDay)) return undefined;
  return `${partText(lost, capital)} of the capital was lost within a day, and ${percent(maxLossPerDay)} are allowed`;
}

/** A pool that has no mark yet had earned nothing. */
function profitAt(ledger: Ledger, pool: string, time: number): bigint {
  const mark = ledger.markAt(pool, time);
  return mark && mark.time <= time ? mark.profit : 0n;
}

/**
 * The best moment counts from the last time that a person resumed the bot after a drawdown, or every resumption would
 * halt it again at once.
 * @param isRunning no halt is in force
 */
function drawdownOf(
  ledger: Ledger,
  { token, capital, profit }: TokenStanding,
  { maxDrawdown }: TimeLimits,
  isRunning: boolean,
): string | undefined {
  const known = ledger.value(`peak ${token}`);
  const hasHalted = ledger.value(`drawdown ${token}`) === 'halted';
  const isResumed = hasHalted && isRunning;
  const peak = known === undefined || isResumed ? profit : BigInt(known);
  if (isResumed) ledger.setValue(`drawdown ${token}`, 'resumed');
  if (known === undefined || isResumed || profit > peak)
    ledger.setValue(`peak ${token}`, String(profit > peak ? profit : peak));
  const fall = peak - profit;
  if (fall <= 0n || fall < mulDown(capital, maxDrawdown)) return undefined;
  ledger.setValue(`drawdown ${token}`, 'halted');
  return `${partText(fall, capital)} of the capital was lost since the best moment, and ${percent(maxDrawdown)} are allowed`;
}

function gasOfDay(ledger: Ledger, { maxGasWeiPerDay }: TimeLimits, now: number): string | undefined {
  const used = ledger.gasWeiSince(now - day);
  if (used < maxGasWeiPerDay) return undefined;
  return `gas cost ${formatEther(used)} within a day, and ${formatEther(maxGasWeiPerDay)} are allowed`;
}

function coolDown(
  trades: readonly TradeRow[],
  { coolDownSeconds }: TimeLimits,
  now: number,
): string | undefined {
  const lost = trades.findLast(({ realised }) => realised !== null && BigInt(realised) < 0n);
  if (!lost) return undefined;
  const left = lost.time + coolDownSeconds - now;
  return left <= 0 ? undefined : `a position was closed at a loss, and new trades wait ${left} s`;
}

function partText(amount: bigint, capital: bigint): string {
  return percent(capital === 0n ? 0n : (amount * one) / capital);
}
