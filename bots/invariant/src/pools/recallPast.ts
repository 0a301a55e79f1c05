import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { blockAt } from '../blocks/blockAt.ts';
import { readSnapshots } from '../readings/readSnapshots.ts';
import { at } from './history.ts';
import type { WatchedPool } from './WatchedPool.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logger'>;

/** The only search ends after this time, since checks wait for it. */
const patienceMs = 5_000;
/** Where nodes no longer have the state of that time, half the distance is tried, this many times. */
const halvings = 5;

/**
 * Reads the price of a look-back ago from the chain, for pools without a stored past: the pool is new, the
 * file was damaged, or no bot ran for long. It reads as far back as the nodes still serve, and reports a
 * shorter distance. Never throws.
 */
export async function recallPast(ctx: Context, head: Block, pools: readonly WatchedPool[]): Promise<void> {
  const wanting = pools.filter(({ isRecalled, history, pool }) => {
    const { lookBackSeconds } = pool.settings;
    const since = head.timestamp - lookBackSeconds;
    const known = at(history, since);
    // The vault's earnings while no bot ran would hide its losses since.
    return !isRecalled && (known === undefined || since - known.time > lookBackSeconds);
  });
  for (const watched of wanting) watched.isRecalled = true;
  for (const seconds of new Set(wanting.map(({ pool }) => pool.settings.lookBackSeconds))) {
    const own = wanting.filter(({ pool }) => pool.settings.lookBackSeconds === seconds);
    const late = () => new BotError(`it took more than ${patienceMs / 1000} s`);
    await withDeadline(recallOf(ctx, head, { lookBackSeconds: seconds, pools: own }), patienceMs, late).catch(
      error =>
        ctx.logger.warning(
          'the price one look-back ago could not be read: a fall over the whole look-back is detected only once that time has passed',
          {
            lookBackSeconds: seconds,
            pools: own.map(({ address }) => address),
            reason: reasonOf(error),
          },
        ),
    );
  }
}

async function recallOf(
  { provider, reader, logger }: Context,
  head: Block,
  { lookBackSeconds, pools }: { lookBackSeconds: number; pools: readonly WatchedPool[] },
): Promise<void> {
  let failure: unknown;
  for (let halved = 0; halved < halvings; halved += 1) {
    const seconds = Math.floor(lookBackSeconds / 2 ** halved);
    try {
      const block = await blockAt(provider, head.timestamp - seconds, head);
      // The chain is younger than the look-back.
      if (!block) return;
      const questions = pools.map(({ pool }) => ({ pool, checkpoints: [] }));
      const snapshots = await readSnapshots({ provider, reader }, block, questions);
      for (const [i, watched] of pools.entries()) {
        const snapshot = snapshots[i];
        if (snapshot) watched.recall(snapshot);
      }
      if (halved === 0) {
        logger.info('read the prices of a look-back ago from the chain', {
          lookBackSeconds,
          block: block.number,
        });
        return;
      }
      logger.warning(
        'nodes serve no older prices: falls over the whole look-back are seen once it has passed',
        {
          lookBackSeconds,
          knownSeconds: seconds,
          reason: reasonOf(failure),
        },
      );
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
