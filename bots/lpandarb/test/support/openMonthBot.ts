import type { RoundReport } from '@service-bots/core/runtime';
import { roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { BotInProcess } from './BotInProcess.ts';
import type { ChainMonth } from './ChainMonth.ts';

/**
 * Opens the bot on a month of chain time, with the limits that it has unless told otherwise. Gas is paid at 3,000
 * base for a unit of the native currency.
 */
export function openMonthBot(
  month: ChainMonth,
  env: Readonly<Record<string, string>>,
): Promise<BotInProcess> {
  return BotInProcess.open(month.anvil, {
    RPC_URL: month.anvil.rpcUrl,
    REGISTRY_ADDRESS: month.devnet.registry,
    LPANDARB_BOT_KEY: roles.bot.privateKey,
    LPANDARB_POOLS: month.pool.address,
    CAPITAL_PER_POOL: '100000',
    NATIVE_IN_BASE: '3000',
    VARIABLE_RATE: 'vault',
    INVARIANT_UNWATCHED: 'true',
    ...env,
  });
}

/** The figures of the only pool of a round, in base. */
export interface ReportedFigures {
  /** The profit of liquidity and arbitrage, gas not counted. */
  profit: bigint;
  /** The same without the value of open positions: base received less base paid. */
  booked: bigint;
  gas: bigint;
  /** The payment for closing everything. */
  worth: bigint;
  isClosed: boolean;
}

/** Returns the figures that `/status` would show. @throws Error when the pool could not be read */
export function figuresIn({ targets }: RoundReport, decimals: number): ReportedFigures {
  const details = targets[0]?.details as
    | {
        profit: Record<'liquidity' | 'arbitrage' | 'gas', string>;
        worth: Record<'liquidity' | 'bonds', string>;
        positions: readonly unknown[];
        lpTokens: string;
        withdrawalShares: string;
      }
    | undefined;
  if (!details?.profit) throw new Error('the pool could not be read');
  const unit = (text: string) => parseUnits(text, decimals);
  const { profit, worth, positions, lpTokens, withdrawalShares } = details;
  const earned = unit(profit.liquidity) + unit(profit.arbitrage);
  const open = unit(worth.liquidity) + unit(worth.bonds);
  return {
    profit: earned,
    booked: earned - open,
    gas: unit(profit.gas),
    worth: open,
    isClosed: positions.length === 0 && Number(lpTokens) === 0 && Number(withdrawalShares) === 0,
  };
}
