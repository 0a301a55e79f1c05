import { join } from 'node:path';
import type { BotContext } from '@service-bots/core/runtime';
import type { LpandarbConfig } from './config.ts';
import { Ledger } from './ledger/Ledger.ts';
import { ChainFills } from './paper/ChainFills.ts';
import type { PoolPlan, Step } from './planning/view.ts';
import { Setbacks } from './Setbacks.ts';

/** What the process keeps between rounds. All of it can be lost: positions are the chain's, the rest is in the ledger. */
export class Memory {
  #ledger: Ledger | undefined;
  #setbacks: Setbacks | undefined;
  #chainFills: ChainFills | undefined;
  /** Whether trades may have been mined that nobody booked. */
  hasUnbooked = true;
  /** The step on paper that waits for the next block, and the block it was decided at. */
  waiting: { step: Step; block: number } | undefined;
  lastPlans: readonly PoolPlan[] = [];
  /** The chain's time of the last marks. */
  markedAt = 0;
  /** Rates of the last round: a rate that has just jumped is waited out for one round. */
  readonly rates = new Map<string, bigint>();

  /** The file of this chain and of this kind of trading: fills on paper never mix with real ones. @throws BotError */
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

  setbacks({ clock }: Pick<BotContext<LpandarbConfig>, 'clock'>): Setbacks {
    this.#setbacks ??= new Setbacks(() => clock.monotonicMs());
    return this.#setbacks;
  }
}

export function ledgerPath(
  { STATE_DIR, PAPER }: Pick<LpandarbConfig, 'STATE_DIR' | 'PAPER'>,
  chainId: number,
): string {
  return join(STATE_DIR, `lpandarb-${PAPER ? 'paper-' : ''}${chainId}.sqlite`);
}
