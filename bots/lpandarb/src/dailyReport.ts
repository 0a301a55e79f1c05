import type { News } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';
import type { PoolFigures } from './figures.ts';
import type { Ledger } from './ledger/Ledger.ts';
import { amountText, percent } from './planning/texts.ts';

const last = 'last daily report';
const daySeconds = 86_400;

/**
 * Returns the daily report, once for each day of the chain's clock.
 * @returns undefined when today's report exists already, and on the very first day
 */
export function dailyReport(
  ledger: Ledger,
  figures: readonly PoolFigures[],
  head: Block,
): News[] | undefined {
  const today = new Date(head.timestamp * 1000).toISOString().slice(0, 10);
  const reported = ledger.value(last);
  if (reported === today) return undefined;
  ledger.setValue(last, today);
  if (reported === undefined) return undefined;
  return [
    {
      check: 'lpandarb-report',
      title: 'daily report of liquidity and arbitrage, in base and in percent of the capital a year',
      message:
        figures.length === 0
          ? 'no pool could be read'
          : figures.map(each => line(each, sinceYesterday(ledger, each, head))).join('\n'),
    },
  ];
}

/** Returns the change of the profit within a day; undefined before the first mark. */
function sinceYesterday(ledger: Ledger, { look, result }: PoolFigures, head: Block): bigint | undefined {
  const mark = ledger.markAt(look.pool.address, head.timestamp - daySeconds);
  return mark && result.profit - mark.profit;
}

function line({ look, result }: PoolFigures, change: bigint | undefined): string {
  const { decimals, name } = look.pool;
  const amount = (value: bigint) => amountText(value, decimals);
  const { liquidity, arbitrage, fees, gas, profit, yearly } = result;
  const part = (value: bigint, rate: bigint | undefined) =>
    rate === undefined ? amount(value) : `${amount(value)} (${percent(rate)} a year)`;
  return [
    `${name}: profit ${part(profit, yearly?.profit)} base`,
    ...(change === undefined ? [] : [`${change < 0n ? '' : '+'}${amount(change)} within a day`]),
    `liquidity ${part(liquidity, yearly?.liquidity)}`,
    `arbitrage ${part(arbitrage, yearly?.arbitrage)}`,
    `gas ${part(gas, yearly?.gas)}`,
    `fees paid to the pool ${part(fees, yearly?.fees)}`,
  ].join(', ');
}
