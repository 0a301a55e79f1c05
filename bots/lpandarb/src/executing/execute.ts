import { BotError, reasonOf } from '@service-bots/core/errors';
import { mulDivDown, one, tradingAbi } from '@service-bots/core/hyperdrive';
import type { BotContext } from '@service-bots/core/runtime';
import { type Sender, SimulationReverted, simulationError } from '@service-bots/core/wallet';
import { Interface, type TransactionReceipt } from 'ethers';
import type { LpandarbConfig } from '../config.ts';
import { type Booked, type SettledTrade, tradeIn } from '../ledger/bookedTrade.ts';
import { amountText } from '../planning/texts.ts';
import type { PoolView, Step } from '../planning/view.ts';
import { tokenAbi } from '../reading/readPool.ts';
import { type Settlement, tokensFor } from '../settlement.ts';
import { boundedCall, openCall, tradeResultIn } from './tradeCall.ts';
import { worseThanPlanned } from './worseThanPlanned.ts';

/** The inputs for the execution of one step. */
export interface Execution {
  ctx: BotContext<LpandarbConfig>;
  sender: Sender;
  step: Step;
  view: PoolView;
  fixedRate: bigint | undefined;
  /** The allowance that the pool has for the wallet's base. */
  allowance: bigint;
  slippage: bigint;
  /** Returns whether the step may still be sent. A halt that was written meanwhile forbids it. */
  isWanted(): boolean;
}

/** The outcome of a step. */
export type Done =
  /** The approval was mined. The trade itself follows in the next round, on a new reading. */
  | { kind: 'approved'; what: string; hash: string; block: number; costWei: bigint }
  | {
      kind: 'traded';
      what: string;
      hash: string;
      block: number;
      costWei: bigint;
      trade: Booked;
      mismatch: string | undefined;
    }
  /** The pool has changed since the plan; the next round plans again. */
  | { kind: 'stale'; why: string }
  | { kind: 'dry-run' };

/** An allowance of at least this percentage of the need is used as it is, with a smaller trade. */
const nearlyPercent = 95n;

/**
 * Executes one step. A missing approval is sent first and ends the step. Otherwise the exact call is
 * simulated, bounded by the simulated result, and sent.
 * @throws every error of the sender
 * @throws SimulationReverted when the pool would refuse the call
 * @throws BotError when no node could simulate it, or the pool recorded no trade
 */
export async function execute(execution: Execution): Promise<Done> {
  const { step, view, allowance, slippage } = execution;
  if (step.pays > 0n && allowance < (step.pays * nearlyPercent) / 100n) return approve(execution, step.pays);
  // A rebasing token may be worth more when the transaction is mined, and the pool then takes more of it. The
  // slippage therefore remains free in the approval.
  const usable = view.settlement.isRebasing ? mulDivDown(allowance, one - slippage, one) : allowance;
  const fitting = step.pays > usable ? fitted(step, usable) : step;
  // The pool would refuse a trade that the rest of an earlier approval makes too small.
  if (fitting.amount < view.config.minimumTransactionAmount && fitting !== step)
    return approve(execution, step.pays);
  const { ctx, sender } = execution;
  const data = openCall(fitting, sender.address, view);
  const call = { from: sender.address, to: view.address, data };
  const result = tradeResultIn(fitting, await simulate(ctx, labelOf(fitting, view), call));
  const worse = worseThanPlanned(fitting, { result, view, slippage });
  if (worse) return { kind: 'stale', why: `${labelOf(fitting, view)}: ${worse}` };
  const { settlement, vaultSharePrice, lpSharePrice } = view;
  const market = {
    settlement,
    vaultSharePrice,
    lpSharePrice,
    fixedRate: execution.fixedRate,
    slippage,
    allowance,
  };
  return send(execution, fitting, boundedCall(fitting, { wallet: sender.address, result, market }));
}

/**
 * Approves exactly the tokens of `amount` base for the pool; 0 revokes the approval. Tokens that refuse to
 * change an approval are reset to 0 first.
 */
export async function approve(
  { ctx, sender, view, allowance, isWanted }: Omit<Execution, 'step' | 'fixedRate' | 'slippage'>,
  amount: bigint,
): Promise<Done> {
  const { settlement, vaultSharePrice } = view;
  const call = (value: bigint) =>
    tokenAbi.encodeFunctionData('approve', [view.address, tokensFor(settlement, value, vaultSharePrice)]);
  const refusesToChange = () =>
    simulate(ctx, 'an approval', { from: sender.address, to: settlement.token, data: call(amount) }).then(
      () => false,
      error => {
        if (error instanceof SimulationReverted) return true;
        throw error;
      },
    );
  const value = amount > 0n && allowance > 0n && (await refusesToChange()) ? 0n : amount;
  const what = settlement.asBase ? 'base' : 'base in vault shares';
  const label = `approve ${amountText(value, view.decimals)} ${what} for ${view.name}`;
  const sent = await sender.send({
    label,
    to: settlement.token,
    data: call(value),
    abi: tokenAbi,
    // The same approval sent twice has the effect of one.
    idempotent: true,
    isWanted: async () => isWanted(),
  });
  if (sent.status === 'dry-run') return { kind: 'dry-run' };
  const { hash, receipt, costWei } = sent;
  return { kind: 'approved', what: label, hash, block: receipt.blockNumber, costWei };
}

/** Returns the same trade with the base that the allowance covers. */
function fitted(step: Step, allowance: bigint): Step {
  const amount = mulDivDown(step.amount, allowance, step.pays);
  return { ...step, amount, pays: allowance, receives: mulDivDown(step.receives, allowance, step.pays) };
}

/**
 * Returns the raw result of a simulated call.
 * @throws SimulationReverted when the pool would refuse it
 * @throws BotError when no node gave an answer
 */
async function simulate(
  ctx: Pick<BotContext<LpandarbConfig>, 'provider'>,
  label: string,
  call: { from: string; to: string; data: string },
): Promise<string> {
  try {
    return await ctx.provider.call({ ...call, blockTag: 'latest' });
  } catch (error) {
    throw simulationError(label, error, tradingAbi);
  }
}

async function send({ ctx, sender, view, isWanted }: Execution, step: Step, data: string): Promise<Done> {
  const label = labelOf(step, view);
  const sent = await sender.send({
    label,
    to: view.address,
    data,
    abi: tradingAbi,
    isWanted: async () => isWanted(),
  });
  if (sent.status === 'dry-run') return { kind: 'dry-run' };
  const { hash, receipt, costWei } = sent;
  const block = receipt.blockNumber;
  const found = receipt.logs
    .map(log =>
      log.address.toLowerCase() === view.address.toLowerCase()
        ? tradeIn(log, sender.address, view.chainTime)
        : undefined,
    )
    .find(each => each?.asBase === view.settlement.asBase);
  if (!found)
    throw new BotError(
      `${label}: the transaction ${hash} succeeded, but the pool recorded no trade of this wallet`,
    );
  const { trade } = found;
  const mismatch = mismatchIn(receipt, { settlement: view.settlement, wallet: sender.address, trade: found });
  ctx.logger.info(label, { pool: view.address, hash, block, paid: trade.paid, received: trade.received });
  return {
    kind: 'traded',
    what: label,
    hash,
    block,
    costWei,
    trade: { ...trade, fees: step.fees },
    mismatch,
  };
}

export function labelOf(
  { kind, amount }: Pick<Step, 'kind' | 'amount'>,
  { name, decimals }: Pick<PoolView, 'name' | 'decimals'>,
): string {
  const unit = {
    'open-long': 'base',
    'add-liquidity': 'base',
    'remove-liquidity': 'LP tokens',
    redeem: 'withdrawal shares',
  };
  return `${kind} ${amountText(amount, decimals)} ${(unit as Record<string, string>)[kind] ?? 'bonds'} in ${name}`;
}

const transferAbi = new Interface([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
]);

/** The largest difference that the transfers of a rebasing token cause, in its smallest unit. */
const rebasingRounding = 10n;

/**
 * Returns how the change of the wallet's token balance differs from the pool's report, or undefined when it
 * does not. A token that takes a fee, or a pool that reports wrong amounts, causes a difference.
 */
export function mismatchIn(
  receipt: Pick<TransactionReceipt, 'logs'>,
  {
    settlement: { token, isRebasing },
    wallet,
    trade: { change: units, vaultSharePrice },
  }: {
    settlement: Pick<Settlement, 'token' | 'isRebasing'>;
    wallet: string;
    trade: Pick<SettledTrade, 'change' | 'vaultSharePrice'>;
  },
): string | undefined {
  const same = (a: unknown, b: string) => String(a).toLowerCase() === b.toLowerCase();
  let change = 0n;
  for (const log of receipt.logs) {
    if (!same(log.address, token)) continue;
    let event: ReturnType<Interface['parseLog']>;
    try {
      event = transferAbi.parseLog(log);
    } catch (error) {
      return `a transfer of the token cannot be decoded: ${reasonOf(error)}`;
    }
    if (!event) continue;
    const { from, to, value } = event.args as unknown as { from: string; to: string; value: bigint };
    if (same(to, wallet)) change += value;
    if (same(from, wallet)) change -= value;
  }
  const expected = isRebasing ? (units * vaultSharePrice) / one : units;
  const difference = change > expected ? change - expected : expected - change;
  // The price is rounded to 18 digits, which changes the product by a unit for each whole share.
  const shares = (units < 0n ? -units : units) / one;
  return difference <= (isRebasing ? rebasingRounding + shares : 0n)
    ? undefined
    : `the wallet's balance of the token ${token} changed by ${change} units, and the pool reports ${expected}`;
}
