import { join } from 'node:path';
import { type Env, loadConfig, runtimeVariables } from '@service-bots/core/config';
import { SetupError } from '@service-bots/core/errors';
import { formatUnits } from 'ethers';
import { z } from 'zod';
import { yearlyTexts } from '../figures.ts';
import { Ledger } from '../ledger/Ledger.ts';
import { ledgersIn } from '../ledger/ledgersIn.ts';
import { resultOf } from '../ledger/result.ts';
import { isoMinute, shortText } from '../planning/texts.ts';

const config = z.object({ STATE_DIR: runtimeVariables.STATE_DIR });

interface PoolReport {
  pool: string;
  name: string;
  trades: number;
  since: string | undefined;
  /** The profit at the last mark, without the trades since then. Amounts are decimal texts in base. */
  profit: string;
  /** The change of the profit within the day before the last mark; undefined before the first mark. */
  day: string | undefined;
  closedAtGain: number;
  closedAtLoss: number;
  liquidity: string;
  arbitrage: string;
  fees: string;
  gas: string;
  /** The same in percent of the capital a year; undefined in the first hour. */
  yearly: ReturnType<typeof yearlyTexts> | undefined;
  markedAt: string | undefined;
  markedBlock: number | undefined;
}

/** The content of one ledger file. */
export interface Report {
  file: string;
  pools: PoolReport[];
  lastTrades: { time: string; pool: string; kind: string; paid: string; received: string; hash: string }[];
  lastDecisions: { time: string; pool: string; text: string }[];
}

const lastFew = 10;
const daySeconds = 86_400;

/**
 * Returns a report of each ledger in STATE_DIR.
 * @throws ConfigError, and SetupError when there is no ledger
 */
export async function reportOf(env: Env): Promise<Report[]> {
  const { STATE_DIR } = loadConfig(config, env).config;
  const files = ledgersIn(STATE_DIR);
  if (files.length === 0)
    throw new SetupError(`there is no ledger in ${STATE_DIR}: the bot has not run there yet`);
  return files.map(file => {
    const ledger = new Ledger(join(STATE_DIR, file), false);
    try {
      return oneReport(file, ledger);
    } finally {
      ledger.close();
    }
  });
}

function oneReport(file: string, ledger: Ledger): Report {
  const known = ledger.pools();
  const of = (address: string) => known.find(({ pool }) => pool === address);
  const amount = (pool: string, value: bigint) => formatUnits(value, of(pool)?.decimals ?? 18);
  const name = (pool: string) => of(pool)?.name ?? pool;
  const pools = known.map(({ pool }): PoolReport => {
    const { trades, since } = ledger.flowsOf(pool);
    const mark = ledger.markAt(pool, Number.MAX_SAFE_INTEGER);
    // A trade after the mark is paid for, and the mark does not hold its worth: it would look like a loss.
    const flows = ledger.flowsOf(pool, mark ?? { block: 0, time: 0 });
    const realised = ledger.tradesOf(pool).flatMap(trade => (trade.realised ? [BigInt(trade.realised)] : []));
    const worth = mark ?? { liquidity: 0n, bonds: 0n };
    const result = resultOf(flows, { marked: worth, capital: ledger.capitalOf(pool), now: mark?.time ?? 0 });
    return {
      pool,
      name: name(pool),
      trades,
      since: since === undefined ? undefined : isoMinute(since),
      profit: amount(pool, result.profit),
      day: mark && amount(pool, mark.profit - (ledger.markAt(pool, mark.time - daySeconds)?.profit ?? 0n)),
      closedAtGain: realised.filter(gain => gain >= 0n).length,
      closedAtLoss: realised.filter(gain => gain < 0n).length,
      liquidity: amount(pool, result.liquidity),
      arbitrage: amount(pool, result.arbitrage),
      fees: amount(pool, result.fees),
      gas: amount(pool, result.gas),
      yearly: result.yearly && yearlyTexts(result.yearly),
      markedAt: mark && isoMinute(mark.time),
      markedBlock: mark?.block,
    };
  });
  const lastTrades = ledger
    .tradesSince(0)
    .slice(-lastFew)
    .map(({ time, pool, kind, paid, received, hash }) => ({
      time: isoMinute(time),
      pool: name(pool),
      kind,
      paid: amount(pool, BigInt(paid)),
      received: amount(pool, BigInt(received)),
      hash,
    }));
  const lastDecisions = ledger
    .decisionsSince(0)
    .slice(-lastFew)
    .map(({ time, pool, text }) => ({ time: isoMinute(time), pool: name(pool), text }));
  return { file, pools, lastTrades, lastDecisions };
}

/** Returns reports as text for people. */
export function reportText(reports: readonly Report[]): string {
  const lines: string[] = [];
  for (const { file, pools, lastTrades, lastDecisions } of reports) {
    lines.push(`${file}${file.includes('-paper-') ? ', on paper' : ''}`);
    for (const {
      name,
      pool,
      yearly,
      trades,
      since,
      markedAt,
      day,
      closedAtGain,
      closedAtLoss,
      ...rest
    } of pools) {
      const part = (key: 'profit' | 'liquidity' | 'arbitrage' | 'gas' | 'fees') =>
        `${shortText(rest[key])}${yearly ? ` (${yearly[key]} a year)` : ''}`;
      lines.push(
        `  ${name} (${pool})`,
        `    profit ${part('profit')} base: liquidity ${part('liquidity')}, arbitrage ${part('arbitrage')}, gas ${part('gas')}; fees paid to the pool ${part('fees')}`,
        `    ${trades} trades since ${since ?? 'never'}; closed at a gain ${closedAtGain}, at a loss ${closedAtLoss}`,
        `    by the prices at ${markedAt ?? 'no time yet'}${day === undefined ? '' : `; within the day before ${shortText(day)}`}`,
      );
    }
    lines.push('  Last trades');
    for (const { time, pool, kind, paid, received } of lastTrades)
      lines.push(`    ${time} ${pool}: ${kind}, paid ${shortText(paid)}, received ${shortText(received)}`);
    lines.push('  Last decisions');
    for (const { time, pool, text } of lastDecisions) lines.push(`    ${time} ${pool}: ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
