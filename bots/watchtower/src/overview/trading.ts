import { line, listOf, maybe } from '@service-bots/core/botStatus';
import { z } from 'zod';
import type { PoolView } from './schema.ts';

/** An amount of base as the lpandarb bot tells it: a decimal text. */
const amount = maybe(
  z
    .string()
    .max(60)
    .regex(/^-?\d+(\.\d+)?$/),
);

/** What an lpandarb bot tells of a pool that it trades with. */
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
    gas: amount,
    yearly: maybe(line(30)),
  }),
  plan: listOf(line(400), 5),
});

/** Returns what a bot earns and holds in a pool; undefined: it does not trade there. */
export function tradingIn(details: Record<string, unknown> | undefined): PoolView['trading'] {
  // A bot that trades nowhere tells of no profit: nothing else of it is looked at.
  if (details?.profit === undefined) return undefined;
  const { success, data } = detailsSchema.safeParse(details);
  if (!success) return undefined;
  const { profit, worth, ...rest } = data;
  return { ...rest, ...profit, profit: profit.all, worthLiquidity: worth.liquidity, worthBonds: worth.bonds };
}
