import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { InvariantConfig } from '../config.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';

type Context = Pick<BotContext<InvariantConfig>, 'config' | 'sender' | 'logger' | 'observe' | 'stop'>;

/**
 * Pauses pools beside the rounds: a transaction takes blocks, and checks continue meanwhile. The result is a
 * separate alert, raised at once. A failed pause is tried again at the next block that still gives a reason.
 */
export class Pauser {
  readonly #underWay = new Set<string>();
  readonly #done: { pool: string; action: ActionDone }[] = [];

  /** Starts to pause a pool, unless a pause is under way. Never waits and never throws. */
  pause(ctx: Context, watched: WatchedPool, because: readonly string[]): void {
    const { address } = watched;
    if (this.#underWay.has(address)) return;
    this.#underWay.add(address);
    void this.#pause(ctx, watched, because).finally(() => this.#underWay.delete(address));
  }

  /** Returns the actions on a pool since the last call. */
  takeDone(address: string): ActionDone[] {
    const own = this.#done.filter(({ pool }) => pool === address);
    for (const each of own) this.#done.splice(this.#done.indexOf(each), 1);
    return own.map(({ action }) => action);
  }

  async #pause(ctx: Context, { address, name }: WatchedPool, because: readonly string[]): Promise<void> {
    const { sender, logger, config, observe, stop } = ctx;
    if (!sender) return;
    const label = `pause ${name} because of ${because.join(', ')}`;
    const failed = { check: 'pause-failed', pool: address };
    const { ROUND_TIMEOUT_SECONDS: patienceSeconds } = config;
    try {
      const data = poolAbi.encodeFunctionData('pause', [true]);
      const sent = await withDeadline(
        sender.send({ label, to: address, data, abi: poolAbi }),
        patienceSeconds * 1000,
        () => new BotError(`it has not ended within ${patienceSeconds} s`),
      );
      observe([{ ...failed, failing: false }]);
      if (sent.status === 'dry-run') {
        logger.warning(`dry run: would ${label}`, { pool: address, checks: because });
        return;
      }
      const { hash, receipt } = sent;
      logger.critical(`paused ${name}`, { pool: address, checks: because, hash });
      this.#done.push({ pool: address, action: { what: label, hash, block: receipt.blockNumber } });
      observe([
        {
          check: 'pool-paused',
          pool: address,
          failing: true,
          message: `${name} was paused because of ${because.join(', ')}. Impact: no user can open positions or add liquidity until a pauser unpauses the pool. First: follow the runbooks of these checks`,
          data: { hash, block: receipt.blockNumber, checks: because },
        },
      ]);
    } catch (error) {
      // The next process settles the transaction.
      if (stop.aborted) return;
      if (config.DRY_RUN) {
        // A pause in a dry run pages no person.
        const reason = reasonOf(error);
        logger.warning(`dry run: would ${label}, and fail`, { pool: address, checks: because, reason });
        return;
      }
      logger.error(`could not ${label}`, { pool: address, error });
      observe([
        {
          ...failed,
          failing: true,
          message: `could not ${label}: ${reasonOf(error)}. The pool is still open to trades, and the next block tries again. First: have another pauser pause it`,
        },
      ]);
    }
  }
}
