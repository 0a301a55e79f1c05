import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { balanceReport } from '@service-bots/core/wallet';
import type { LpandarbConfig } from './config.ts';
import type { PoolFigures } from './figures.ts';
import type { Ledger } from './ledger/Ledger.ts';
import type { Halt } from './limits/halt.ts';
import type { LimitStatus } from './limits/limitStatus.ts';
import type { GasPrice } from './limits/poolLimits.ts';
import { gasOf } from './planning/account.ts';
import type { PoolLook } from './reading/readSnapshot.ts';

type Context = BotContext<LpandarbConfig>;

/** A lagging endpoint is behind the ledger for some blocks. Another chain's ledger, or a fork, is for good. */
const behindUntilAlertMs = 5 * 60_000;

/**
 * Returns whether the ledger was set aside, or is ahead of the chain. An old file holds all earlier results, so a
 * person may want to restore it.
 * @param behindMs how long the chain has been behind the newest trade of the ledger
 */
export function ledgerObservation(
  { setAside, lastBlock }: Pick<Ledger, 'setAside' | 'lastBlock'>,
  head: Pick<Block, 'number'>,
  behindMs: number,
): Observation {
  const check = 'lpandarb-ledger';
  if (behindMs > behindUntilAlertMs) {
    const message = `the ledger has a trade in block ${lastBlock}, and the chain's newest block is ${head.number} since ${Math.round(behindMs / 60_000)} minutes: nothing is traded or closed, since the last trades may be missing from this chain; either the nodes are far behind, or the ledger is of another chain with this id, and then STATE_DIR is the wrong one`;
    return { check, failing: true, message };
  }
  if (!setAside) return { check, failing: false };
  const message = `the ledger could not be used (${setAside.reason}): the bot moved it to ${setAside.path} and started a new one, so earlier trades and profits are not counted; restore it from there or from a backup`;
  return { check, failing: true, message };
}

/** Returns the current gas price, by the head's base fee and the chain's usual tip. */
export function gasPriceOf({ chain, sender }: Pick<Context, 'chain' | 'sender'>, head: Block): GasPrice {
  const priceWei = (head.baseFeeWei ?? chain.defaultBaseFeeWei) + chain.defaultTipWei;
  return { priceWei, firstLayerWei: sender?.l1FeeWei ?? 0n };
}

/**
 * Returns whether the bot is halted, and which pools it leaves alone.
 * @param isHalted whether a halt is in force after the round's own step
 */
export function observationsOf(
  looks: readonly PoolLook[],
  {
    figures,
    halt,
    status: { halts },
    isHalted,
  }: { figures: readonly PoolFigures[]; halt: Halt | undefined; status: LimitStatus; isHalted: boolean },
): Observation[] {
  const byLimit = halt?.by === 'lpandarb' || halts !== undefined;
  const halted: Observation =
    halt || halts !== undefined
      ? {
          check: 'lpandarb-halted',
          failing: true,
          severity: byLimit ? 'critical' : 'warning',
          message: halt
            ? `${halt.mode === 'unwind' ? 'all positions are being closed' : 'no position is opened'} since ${halt.at || 'an unknown time'}, ordered by ${halt.by}: ${halt.why}; open positions keep their risk; "pnpm lpandarb resume" allows new positions again`
            : `a limit halts the bot: ${halts}; open positions keep their risk; "pnpm lpandarb resume" allows new positions again`,
        }
      : { check: 'lpandarb-halted', failing: false };
  const alone = figures.map(({ look, plan: { notes } }): Observation => {
    const pool = look.pool.address;
    const why =
      look.view.leftAlone ?? notes.find(note => /^left alone|^its variable rate is not known/.test(note));
    return why === undefined
      ? { check: 'lpandarb-left-alone', pool, failing: false }
      : {
          check: 'lpandarb-left-alone',
          pool,
          failing: true,
          message: `${look.pool.name} is not traded with: ${why}; open positions in it keep their risk, and "pnpm lpandarb unwind" closes everything`,
        };
  });
  const refused = looks.flatMap((look): Observation[] => {
    if (!('refused' in look)) return [];
    const { address: pool, name } = look.pool;
    const message = `${name} is not traded with: ${look.refused}`;
    return [{ check: 'lpandarb-left-alone', pool, failing: true, message }];
  });
  // A mismatch has halted the bot. The alert is resolved when a person resumes it.
  const mismatches = isHalted
    ? []
    : figures.map(({ look }) => ({
        check: 'lpandarb-mismatch',
        pool: look.pool.address,
        failing: false as const,
      }));
  return [halted, ...alone, ...refused, ...mismatches];
}

/** Returns whether the wallet can pay for its next trades. */
export function balanceOf({ chain, config, sender }: Context, head: Block, balanceWei: bigint) {
  return balanceReport({
    chain,
    head,
    balanceWei,
    thresholdWei: config.LOW_BALANCE,
    actionGas: gasOf.open,
    l1FeeWei: sender?.l1FeeWei,
    wantedActions: 20,
  });
}
