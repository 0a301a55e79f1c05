import { join } from 'node:path';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { LpandarbConfig } from './config.ts';
import { Ledger } from './ledger/Ledger.ts';
import type { Halt } from './limits/halt.ts';
import { ChainFills } from './paper/ChainFills.ts';
import type { PoolPlan, Step } from './planning/view.ts';
import { RetryDelays } from './RetryDelays.ts';
import type { SeenRate } from './reading/steadyRate.ts';

/**
 * The state that the process keeps between rounds. A restart may lose all of it: positions are on the chain,
 * and the rest is in the ledger.
 */
export class Memory {
  #ledger: Ledger | undefined;
  #retryDelays: RetryDelays | undefined;
  #chainFills: ChainFills | undefined;
  /** Whether transactions may have been mined whose trades the ledger lacks. */
  hasUnbooked = true;
  /** The pools whose trades before this process are booked. */
  readonly booked = new Set<string>();
  /** The newest block when the books were last looked at. */
  seen: Block | undefined;
  /** The positions that stayed unexplained when the books were completed; they are not searched for again. */
  unexplained = '';
  /** The monotonic time since when the chain is behind the newest trade of the ledger; undefined when it is not. */
  behindSinceMs: number | undefined;
  /** A halt that could not be written to its file. */
  unwrittenHalt: Halt | undefined;
  /** The paper step that waits for the next block, and the block at which it was decided. */
  waiting: { step: Step; block: number } | undefined;
  lastPlans: readonly PoolPlan[] = [];
  /** The chain's time of the last marks, in seconds since 1970. */
  markedAt = 0;
  /** The variable rates of the last round, by pool. A rate that has just jumped is not used for one round. */
  readonly rates = new Map<string, SeenRate>();

  /**
   * Returns the ledger of this chain and of this mode: paper fills and real fills have separate files.
   * @throws BotError when the folder cannot be written
   */
  ledger({ config, chain, logger }: BotContext<LpandarbConfig>): Ledger {
    if (this.#ledger) return this.#ledger;
    const path = ledgerPath(config, chain.id);
    const ledger = new Ledger(path);
    if (ledger.setAside)
      logger.error('the ledger could not be used and was set aside', { ...ledger.setAside });
    this.#ledger = ledger;
    return ledger;
  }

  chainFills({ provider }: Pick<BotContext<LpandarbConfig>, 'provider'>): ChainFills {
    this.#chainFills ??= new ChainFills(provider);
    return this.#chainFills;
  }

  retryDelays({ clock }: Pick<BotContext<LpandarbConfig>, 'clock'>): RetryDelays {
    this.#retryDelays ??= new RetryDelays(() => clock.monotonicMs());
    return this.#retryDelays;
  }
}

function ledgerPath(
  { STATE_DIR, PAPER }: Pick<LpandarbConfig, 'STATE_DIR' | 'PAPER'>,
  chainId: number,
): string {
  return join(STATE_DIR, `lpandarb-${PAPER ? 'paper-' : ''}${chainId}.sqlite`);
}
