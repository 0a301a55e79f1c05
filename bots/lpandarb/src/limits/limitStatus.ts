import { mulDown, one } from '@service-bots/core/hyperdrive';
import { formatEther } from 'ethers';
import type { Ledger, TradeRow } from '../ledger/Ledger.ts';
import { percent } from '../planning/texts.ts';
import type { Halt } from './halt.ts';

/** The operator's limits over time. */
export interface TimeLimits {
  tradesPerHour: number;
  /**
   * The largest loss within a day, as a fraction of the capital, 18 decimals; the next field is the largest
   * fall since the peak.
   */
  maxLossPerDay: bigint;
  maxDrawdown: bigint;
  maxGasWeiPerDay: bigint;
  coolDownSeconds: number;
}

/** The current state of all pools of one account. */
export interface AccountStatus {
  account: string;
  capital: bigint;
  /** The profit so far, in base, with positions at their closing value. */
  profit: bigint;
  pools: readonly string[];
}

/** Whether new positions may be opened, and how many trades are left. */
export interface LimitStatus {
  noNewRisk: string | undefined;
  transactions: number;
  /** Why the bot has to halt: a limit was reached that a person has to look at. */
  halts: string | undefined;
}

const hour = 3_600;
const day = 86_400;

/**
 * Returns the room that the limits over time leave. The reasons are texts for the operator; the first
 * reason that applies is returned.
 * @param now the chain's time, seconds since 1970
 */
export function limitStatusOf(
  ledger: Ledger,
  limits: TimeLimits,
  { accounts, halt, now }: { accounts: readonly AccountStatus[]; halt: Halt | undefined; now: number },
): LimitStatus {
  const trades = ledger.tradesSince(now - hour).length;
  const transactions = Math.max(limits.tradesPerHour - trades, 0);
  const drawdowns = accounts.map(each => drawdownOf(ledger, each, { limits, isRunning: halt === undefined }));
  const halts = drawdowns.find(reason => reason !== undefined);
  const reasons = [
    halt &&
      `${halt.mode === 'unwind' ? 'all positions are being closed, by order of' : 'halted by'} ${halt.by}: ${halt.why}`,
    halts,
    ...accounts.map(each => lossOfDay(ledger, each, { limits, now })),
    gasOfDay(ledger, limits, now),
    coolDown(ledger.tradesSince(now - limits.coolDownSeconds), limits, now),
    transactions === 0
      ? `${trades} trades within an hour; TRADES_PER_HOUR allows ${limits.tradesPerHour}`
      : undefined,
  ];
  return { noNewRisk: reasons.find(reason => reason !== undefined), transactions, halts };
}

function lossOfDay(
  ledger: Ledger,
  { capital, profit, pools }: AccountStatus,
  { limits: { maxLossPerDay }, now }: { limits: TimeLimits; now: number },
): string | undefined {
  const before = pools.reduce((sum, pool) => sum + profitAt(ledger, pool, now - day), 0n);
  const lost = before - profit;
  if (lost <= 0n || lost < mulDown(capital, maxLossPerDay)) return undefined;
  return `${partText(lost, capital)} of the capital was lost within a day; MAX_LOSS_PER_DAY allows ${percent(maxLossPerDay)}`;
}

/** Returns a pool's profit at a time; it is 0 before the pool's first mark. */
function profitAt(ledger: Ledger, pool: string, time: number): bigint {
  const mark = ledger.markAt(pool, time);
  return mark && mark.time <= time ? mark.profit : 0n;
}

/**
 * Returns why the drawdown limit halts the bot, or undefined when it does not. A resumption after a drawdown
 * restarts the peak at the current profit. Otherwise the bot would halt again at once.
 * @param isRunning whether no halt is in force
 */
function drawdownOf(
  ledger: Ledger,
  { account, capital, profit, pools }: AccountStatus,
  { limits: { maxDrawdown }, isRunning }: { limits: TimeLimits; isRunning: boolean },
): string | undefined {
  const known = peakOf(ledger, account, pools);
  const hasHalted = ledger.value(`drawdown ${account}`) === 'halted';
  const isResumed = hasHalted && isRunning;
  const peak = known === undefined || isResumed ? profit : known;
  if (isResumed) ledger.setValue(`drawdown ${account}`, 'resumed');
  if (known === undefined || isResumed || profit > peak)
    ledger.setValue(`peak ${account}`, String(profit > peak ? profit : peak));
  const fall = peak - profit;
  if (fall <= 0n || fall < mulDown(capital, maxDrawdown)) return undefined;
  ledger.setValue(`drawdown ${account}`, 'halted');
  return `${partText(fall, capital)} of the capital was lost since the peak; MAX_DRAWDOWN allows ${percent(maxDrawdown)}`;
}

/**
 * Returns the peak of an account's profit. When a pool is missing, because it cannot be read or is no longer
 * listed, its last known profit is taken out of the peak, and put back when the pool is there again. Otherwise
 * a node that fails to read a pool that earned would look like a loss, and halt the bot.
 * @returns undefined before the first peak
 */
function peakOf(ledger: Ledger, account: string, pools: readonly string[]): bigint | undefined {
  const text = ledger.value(`peak ${account}`);
  const names = `pools of the peak ${account}`;
  const now = pools.toSorted().join();
  const counted = ledger.value(names) ?? now;
  if (ledger.value(names) !== now) ledger.setValue(names, now);
  if (text === undefined || counted === now) return text === undefined ? undefined : BigInt(text);
  const before = counted.split(',').filter(pool => pool !== '');
  const lastProfit = (pool: string) => ledger.markAt(pool, Number.MAX_SAFE_INTEGER)?.profit ?? 0n;
  const sum = (some: readonly string[]) => some.reduce((total, pool) => total + lastProfit(pool), 0n);
  const peak =
    BigInt(text) -
    sum(before.filter(pool => !pools.includes(pool))) +
    sum(pools.filter(pool => !before.includes(pool)));
  ledger.setValue(`peak ${account}`, String(peak));
  return peak;
}

function gasOfDay(ledger: Ledger, { maxGasWeiPerDay }: TimeLimits, now: number): string | undefined {
  const used = ledger.gasWeiSince(now - day);
  if (used < maxGasWeiPerDay) return undefined;
  return `gas cost ${formatEther(used)} within a day; MAX_GAS_COST_PER_DAY allows ${formatEther(maxGasWeiPerDay)}`;
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
