import { line, listOf, maybe } from '@service-bots/core/botStatus';
import { z } from 'zod';
import type { PoolView } from './schema.ts';

/** An amount of base in the lpandarb bot's status, as a decimal text. */
const amount = maybe(
  z
    .string()
    .max(60)
    .regex(/^-?\d+(\.\d+)?$/),
);

/** The details of an lpandarb bot about a pool. */
const detailsSchema = z.object({
  fixedRate: maybe(line(30)),
  variableRate: maybe(line(30)),
  band: maybe(line(60)),
  positions: listOf(z.object({ side: line(10), matures: line(30), bonds: line(60), value: line(60) }), 50),
  worth: z.object({ liquidity: amount, bonds: amount }),
  profit: z.object({
    all: z
      .string()
      .max(60)
      .regex(/^-?\d+(\.\d+)?$/),
    liquidity: amount,
    arbitrage: amount,
    fees: amount,
    gas: amount,
    yearly: maybe(line(30)),
  }),
  profitPerYear: maybe(z.object({ liquidity: line(30), arbitrage: line(30), fees: line(30), gas: line(30) })),
  plan: listOf(line(400), 5),
});

/** Returns the profit and the positions of a bot in a pool, or undefined when the bot does not trade there. */
export function tradingIn(details: Record<string, unknown> | undefined): PoolView['trading'] {
  // A bot that does not trade reports no profit. Its other details are not parsed.
  if (details?.profit === undefined) return undefined;
  const { success, data } = detailsSchema.safeParse(details);
  if (!success) return undefined;
  const { profit, profitPerYear, worth, ...rest } = data;
  return {
    ...rest,
    ...profit,
    partsPerYear: profitPerYear,
    profit: profit.all,
    worthLiquidity: worth.liquidity,
    worthBonds: worth.bonds,
  };
}
