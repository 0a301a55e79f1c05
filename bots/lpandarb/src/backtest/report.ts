import { mulDown, one } from '@service-bots/core/hyperdrive';
import { formatUnits } from 'ethers';
import { yearlyTexts } from '../figures.ts';
import type { Ledger } from '../ledger/Ledger.ts';
import { amountText, isoMinute } from '../planning/texts.ts';
import type { BacktestOutcome, BacktestPool } from './runBacktest.ts';

/** The result of one pool in a backtest. Amounts are decimal texts in base. */
export interface BacktestRow {
  pool: string;
  name: string;
  profit: string;
  /** The profit and its parts, in percent of the capital a year; undefined in the first hour. */
  yearly: ReturnType<typeof yearlyTexts> | undefined;
  liquidity: string;
  arbitrage: string;
  fees: string;
  gas: string;
  trades: number;
  closedAtGain: number;
  closedAtLoss: number;
  worstFall: string;
  /** The earnings of the same capital in the pool's vault, without any trade. */
  vaultAlone: string;
  open: { side: string; matures: string; bonds: string; value: string }[];
}

/** The printed result of a backtest. */
export interface Backtest {
  chainId: number;
  from: { block: number; time: string };
  to: { block: number; time: string };
  looks: number;
  /** Blocks between two looks while no step waits. */
  every: number;
  refused: number;
  halted: string | undefined;
  pools: BacktestRow[];
  trades: {
    block: number;
    time: string;
    pool: string;
    kind: string;
    amount: string;
    paid: string;
    received: string;
  }[];
}

/** Returns the result of a backtest, for people and programs. */
export function reportOf(
  { first, last, looks, refused, pools, halt }: BacktestOutcome,
  ledger: Ledger,
  { every, chainId }: { every: number; chainId: number },
): Backtest {
  const at = ({ number, timestamp }: { number: number; timestamp: number }) => ({
    block: number,
    time: isoMinute(timestamp),
  });
  const decimalsOf = (address: string) =>
    pools.find(({ look }) => look.pool.address === address)?.look.pool.decimals ?? 18;
  const trades = ledger.tradesSince(0).map(({ block, time, pool, kind, amount, paid, received }) => {
    const text = (value: string) => formatUnits(value, decimalsOf(pool));
    const name = pools.find(({ look }) => look.pool.address === pool)?.look.pool.name ?? pool;
    return {
      block,
      time: isoMinute(time),
      pool: name,
      kind,
      amount: text(amount),
      paid: text(paid),
      received: text(received),
    };
  });
  return {
    chainId,
    from: at(first),
    to: at(last),
    looks,
    every,
    refused,
    halted: halt && `${halt.at}: ${halt.why}`,
    pools: pools.map(pool => rowOf(pool, ledger)),
    trades,
  };
}

function rowOf({ look, result, capital, firstVaultSharePrice, worstFall }: BacktestPool, ledger: Ledger) {
  const { address, name, decimals } = look.pool;
  const text = (value: bigint) => formatUnits(value, decimals);
  const realised = ledger
    .tradesOf(address)
    .flatMap(trade => (trade.realised ? [BigInt(trade.realised)] : []));
  const growth = (look.view.vaultSharePrice * one) / firstVaultSharePrice - one;
  const grown = growth < 0n ? -mulDown(capital, -growth) : mulDown(capital, growth);
  return {
    pool: address,
    name,
    profit: text(result.profit),
    yearly: result.yearly && yearlyTexts(result.yearly),
    liquidity: text(result.liquidity),
    arbitrage: text(result.arbitrage),
    fees: text(result.fees),
    gas: text(result.gas),
    trades: ledger.tradesOf(address).length,
    closedAtGain: realised.filter(gain => gain >= 0n).length,
    closedAtLoss: realised.filter(gain => gain < 0n).length,
    worstFall: text(worstFall),
    vaultAlone: text(grown),
    open: look.marked.positions.bonds.map(({ side, maturity, bonds, value }) => ({
      side,
      matures: isoMinute(maturity),
      bonds: text(bonds),
      value: text(value),
    })),
  };
}

const lastFew = 20;

/** Returns a backtest as text for people: a table with a row for each pool, then the last trades. */
export function backtestText(backtest: Backtest): string {
  const { from, to, looks, every, refused, halted, pools, trades } = backtest;
  const short = (text: string) => amountText(roundedTo(text, 2), 2);
  const header = [
    'pool',
    'profit',
    'a year',
    'liquidity',
    'arbitrage',
    'gas',
    'fees',
    'trades',
    'gain/loss',
    'worst fall',
    'vault alone',
  ];
  const rows = pools.map(row => [
    row.name,
    short(row.profit),
    row.yearly?.profit ?? '–',
    short(row.liquidity),
    short(row.arbitrage),
    short(row.gas),
    short(row.fees),
    String(row.trades),
    `${row.closedAtGain}/${row.closedAtLoss}`,
    short(row.worstFall),
    short(row.vaultAlone),
  ]);
  const lines = [
    `Blocks ${from.block} (${from.time}) to ${to.block} (${to.time}): ${looks} looks, at least every ${every} blocks; ${refused} trades would have reverted`,
    '',
    ...table([header, ...rows]),
    '',
    ...(halted === undefined
      ? []
      : [`A limit halted the bot, and a backtest has no operator who resumes it: ${halted}`, '']),
    ...(trades.length > lastFew ? [`Last ${lastFew} of ${trades.length} trades`] : ['Trades']),
    ...trades
      .slice(-lastFew)
      .map(
        ({ block, time, pool, kind, paid, received }) =>
          `  ${time} block ${block} ${pool}: ${kind}, paid ${short(paid)}, received ${short(received)}`,
      ),
    'Amounts in base, with positions at the payment for closing them. The trades of other traders are those of the past.',
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns a decimal text as an integer with that many decimals; further digits are cut off. */
function roundedTo(text: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return text.startsWith('-') ? -value : value;
}

/** Returns aligned columns: the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
