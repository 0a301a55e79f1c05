import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { InvariantConfig } from './config.ts';
import type { WatchedPool } from './watchedPool.ts';

/** What came of pausing a pool. */
export interface Pausing {
  actions: ActionDone[];
  observations: Observation[];
}

/**
 * Pauses a pool because of these checks, whose critical failure is confirmed. In a dry run it is only said. Never throws:
 * a pause that fails pages by itself, and is tried again at the next block.
 */
export async function pause(
  ctx: Pick<BotContext<InvariantConfig>, 'sender' | 'logger'>,
  { address, name }: WatchedPool,
  failing: readonly string[],
): Promise<Pausing> {
  const label = `pause ${name} because of ${failing.join(', ')}`;
  const about = { check: 'pause-failed', pool: address };
  if (!ctx.sender) return { actions: [], observations: [] };
  try {
    const data = poolAbi.encodeFunctionData('pause', [true]);
    const sent = await ctx.sender.send({ label, to: address, data, abi: poolAbi });
    if (sent.status === 'dry-run') {
      ctx.logger.warning(`dry run: would ${label}`, { pool: address, checks: failing });
      return { actions: [], observations: [{ ...about, failing: false }] };
    }
    const { hash, receipt } = sent;
    ctx.logger.critical(`paused ${name}`, { pool: address, checks: failing, hash });
    return {
      actions: [{ what: label, hash, block: receipt.blockNumber }],
      observations: [
        { ...about, failing: false },
        {
          check: 'pool-paused',
          pool: address,
          failing: true,
          message: `${name} was paused because of ${failing.join(', ')}`,
          data: { hash, block: receipt.blockNumber, checks: failing },
        },
      ],
    };
  } catch (error) {
    ctx.logger.error(`could not ${label}`, { pool: address, error });
    return {
      actions: [],
      observations: [{ ...about, failing: true, message: `could not ${label}: ${reasonOf(error)}` }],
    };
  }
}

/** The word of one endpoint is enough to page people, and not to pause a pool. */
export function notPaused({ address, name }: WatchedPool, failing: readonly string[]): Pausing {
  const message = `did not pause ${name} because of ${failing.join(', ')}: only one endpoint could confirm it`;
  return { actions: [], observations: [{ check: 'pause-failed', pool: address, failing: true, message }] };
}
