import { BotError, reasonOf } from '@service-bots/core/errors';
import { mulDivDown, mulDivUp, one, tradingAbi } from '@service-bots/core/hyperdrive';
import type { BotContext } from '@service-bots/core/runtime';
import { type Sender, SimulationReverted, simulationError } from '@service-bots/core/wallet';
import { Interface, type TransactionReceipt } from 'ethers';
import type { LpandarbConfig } from '../config.ts';
import { type Booked, tradeIn } from '../ledger/bookedTrade.ts';
import { amountText } from '../planning/texts.ts';
import type { PoolView, Step } from '../planning/view.ts';
import { tokenAbi } from '../reading/readPool.ts';
import { boundedCall, openCall, outcomeIn } from './tradeCall.ts';

/** What a step needs to be carried out. */
export interface Execution {
  ctx: BotContext<LpandarbConfig>;
  sender: Sender;
  step: Step;
  view: PoolView;
  fixedRate: bigint | undefined;
  /** Base that the pool may take now. */
  allowance: bigint;
  slippage: bigint;
  /** Whether it may still be sent: nothing halted the bot meanwhile. */
  isWanted(): boolean;
}

/** What became of a step. */
export type Done =
  /** The pool may take the base now; the trade itself follows in the next round, on a new reading. */
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
  /** The chain has moved on: it is planned anew. */
  | { kind: 'stale'; why: string }
  | { kind: 'dry-run' };

/** A difference of so little between what was approved and what is needed is traded away. */
const nearlyPercent = 95n;

/**
 * Carries out one step: approves what it takes where that is not approved, else simulates the very call, bounds it by what
 * came of that, and sends it.
 * @throws what the sender throws; BotError when the simulation says something else than the plan
 */
export async function execute(execution: Execution): Promise<Done> {
  const { step, view, allowance, slippage } = execution;
  if (step.pays > 0n && allowance < (step.pays * nearlyPercent) / 100n) return approve(execution, step.pays);
  const fitting = step.pays > allowance ? fitted(step, allowance) : step;
  const { ctx, sender } = execution;
  const data = openCall(fitting, sender.address);
  const call = { from: sender.address, to: view.address, data };
  const outcome = outcomeIn(fitting, await simulate(ctx, labelOf(fitting, view), call));
  const worse = worseThanPlanned(fitting, outcome.amount, slippage);
  if (worse) return { kind: 'stale', why: `${labelOf(fitting, view)}: ${worse}` };
  const { vaultSharePrice, lpSharePrice } = view;
  const market = { vaultSharePrice, lpSharePrice, fixedRate: execution.fixedRate, slippage, allowance };
  return send(execution, fitting, boundedCall(fitting, sender.address, outcome, market));
}

/** Lets the pool take exactly `amount` of the base, 0 included. Tokens that refuse to change an approval are reset first. */
export async function approve(
  { ctx, sender, view, allowance, isWanted }: Omit<Execution, 'step' | 'fixedRate' | 'slippage'>,
  amount: bigint,
): Promise<Done> {
  const call = (value: bigint) => tokenAbi.encodeFunctionData('approve', [view.address, value]);
  const refusesToChange = () =>
    simulate(ctx, 'an approval', { from: sender.address, to: view.baseToken, data: call(amount) }).then(
      () => false,
      error => {
        if (error instanceof SimulationReverted) return true;
        throw error;
      },
    );
  const value = amount > 0n && allowance > 0n && (await refusesToChange()) ? 0n : amount;
  const label = `approve ${amountText(value, view.decimals)} base for ${view.name}`;
  const sent = await sender.send({
    label,
    to: view.baseToken,
    data: call(value),
    abi: tokenAbi,
    // Twice the same approval is one.
    idempotent: true,
    isWanted: async () => isWanted(),
  });
  if (sent.status === 'dry-run') return { kind: 'dry-run' };
  const { hash, receipt, costWei } = sent;
  return { kind: 'approved', what: label, hash, block: receipt.blockNumber, costWei };
}

/** The same trade with as much base as was approved. */
function fitted(step: Step, allowance: bigint): Step {
  const amount = mulDivDown(step.amount, allowance, step.pays);
  return { ...step, amount, pays: allowance, receives: mulDivDown(step.receives, allowance, step.pays) };
}

/** @throws SimulationReverted when the pool would refuse it; BotError when no node could say */
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

/** The plan is exact for its block: a result that is worse by more than the slippage is another pool than was planned for. */
function worseThanPlanned(
  { kind, receives, pays, amount }: Step,
  simulated: bigint,
  slippage: bigint,
): string | undefined {
  if (kind === 'remove-liquidity' || kind === 'redeem') return undefined;
  if (kind === 'open-short') {
    const most = mulDivUp(pays, one + slippage, one);
    return simulated > most
      ? `a short of ${amount} would take ${simulated} instead of at most ${most}`
      : undefined;
  }
  const least = mulDivDown(receives, one - slippage, one);
  // A few wei: planning converts at the vault's price.
  return simulated + 1_000n < least ? `it would bring ${simulated} instead of at least ${least}` : undefined;
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
  const trade = receipt.logs
    .map(log =>
      log.address.toLowerCase() === view.address.toLowerCase()
        ? tradeIn(log, sender.address, view.chainTime)
        : undefined,
    )
    .find(found => found !== undefined);
  if (!trade)
    throw new BotError(
      `${label}: the transaction ${hash} succeeded, and the pool recorded no trade of this wallet`,
    );
  const mismatch = mismatchIn(receipt, view.baseToken, sender.address, trade);
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

/** Returns how the wallet's base moved otherwise than the pool says: a token that takes a fee, or a pool that lies. */
export function mismatchIn(
  receipt: Pick<TransactionReceipt, 'logs'>,
  token: string,
  wallet: string,
  { paid, received }: Pick<Booked, 'paid' | 'received'>,
): string | undefined {
  const same = (a: unknown, b: string) => String(a).toLowerCase() === b.toLowerCase();
  let change = 0n;
  for (const log of receipt.logs) {
    if (!same(log.address, token)) continue;
    let event: ReturnType<Interface['parseLog']>;
    try {
      event = transferAbi.parseLog(log);
    } catch (error) {
      return `a transfer of the base token cannot be understood: ${reasonOf(error)}`;
    }
    if (!event) continue;
    const { from, to, value } = event.args as unknown as { from: string; to: string; value: bigint };
    if (same(to, wallet)) change += value;
    if (same(from, wallet)) change -= value;
  }
  const expected = received - paid;
  return change === expected
    ? undefined
    : `the wallet's base changed by ${change} units, and the pool says ${expected}`;
}
