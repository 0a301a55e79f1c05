import { formatEther, formatUnits, type Interface, toQuantity } from 'ethers';
import type { Chain } from '../chains/index.ts';
import type { BlockRef, FailoverProvider } from '../rpc/index.ts';
import { AllEndpointsFailed, readHead } from '../rpc/index.ts';
import { FeeAboveCap, InsufficientFunds } from './errors.ts';
import { affordableFees, type FeeCaps, type FeeMarket, type Fees, quoteFees } from './fees.ts';
import { revertDataOf, simulationError } from './revert.ts';

/** A contract call that a bot wants mined. */
export interface Call {
  /** What a person calls it, e.g. `checkpoint 2026-11-21T00:00Z of sUSDe pool`. */
  label: string;
  to: string;
  data: string;
  /** Where the contract's own errors are found. */
  abi: Interface;
  /** The block that what led to the call was read at: it is simulated on the same state. Absent: the latest. */
  block?: BlockRef;
  /** The block that it is meant for, when that is not there yet. Nodes that cannot pretend simulate at `block`. */
  meantFor?: { number?: number; timestamp?: number };
  /**
   * Awaited when everything is ready and signed, just before the call leaves. The wallet sends nothing else meanwhile.
   * When it rejects, nothing was sent, and `send` rejects with the same.
   */
  gate?: (stop: AbortSignal) => Promise<void>;
}

/** What a call will cost, found by simulating that very call from the wallet. */
export interface Preflight {
  fees: Fees;
  gasLimit: bigint;
  /** Gas × (base fee + tip) at the present base fee. */
  expectedCostWei: bigint;
}

/**
 * @param checkBalance false in a dry run, whose wallet may be empty
 * @throws SimulationReverted | FeeAboveCap | InsufficientFunds | BotError when the node could not tell
 */
export async function preflight(
  provider: FailoverProvider,
  chain: Chain,
  caps: FeeCaps,
  from: string,
  call: Call,
  checkBalance: boolean,
): Promise<Preflight> {
  const [gas, market, balanceWei] = await Promise.all([
    simulate(provider, from, call),
    feeMarket(provider, chain),
    provider.getBalance(from),
  ]);
  const gasLimit = (gas * chain.gasMarginPercent) / 100n;
  const quote = feesOrThrow(market, caps, call.label, chain);
  const expectedCostWei = gas * (market.baseFeeWei + quote.tipWei);
  if (!checkBalance) return { fees: quote, gasLimit, expectedCostWei };
  const fees = affordableFees(quote, market.baseFeeWei, gasLimit, balanceWei);
  if (!fees) {
    throw new InsufficientFunds(
      `${call.label} needs up to ${formatEther(gasLimit * quote.maxFeeWei)} ${chain.currency}, but ${from} holds ${formatEther(balanceWei)}`,
    );
  }
  return { fees, gasLimit, expectedCostWei };
}

/** @returns the gas it takes @throws SimulationReverted, or BotError when the node could not tell */
async function simulate(provider: FailoverProvider, from: string, call: Call): Promise<bigint> {
  const params: unknown[] = [
    { from, to: call.to, data: call.data },
    call.block ? { blockHash: call.block.hash } : 'latest',
  ];
  // The call itself and its estimate: nodes give the revert's data for the first, and not all do for the second.
  const ask = (extra: unknown[]) =>
    Promise.all([
      provider.send('eth_call', [...params, ...extra]),
      provider.send('eth_estimateGas', [...params, ...extra]),
    ]).then(([, estimate]) => BigInt(estimate));
  try {
    const { meantFor } = call;
    if (!meantFor) return await ask([]);
    return await ask([{}, blockOverrides(meantFor)]).catch(error => {
      if (revertDataOf(error).reverted || error instanceof AllEndpointsFailed) throw error;
      return ask([]);
    });
  } catch (error) {
    throw simulationError(call.label, error, call.abi);
  }
}

/** What geth and others take as the fourth parameter of `eth_call`. */
function blockOverrides({ number, timestamp }: NonNullable<Call['meantFor']>): Record<string, string> {
  return {
    ...(number === undefined ? {} : { number: toQuantity(number) }),
    ...(timestamp === undefined ? {} : { time: toQuantity(timestamp) }),
  };
}

/** The price of gas at the latest block. */
export async function feeMarket(provider: FailoverProvider, chain: Chain): Promise<FeeMarket> {
  const [head, tipWei] = await Promise.all([
    readHead(provider),
    // Optional in the protocol: a node that does not suggest a tip is no reason not to send.
    provider.send('eth_maxPriorityFeePerGas', []).then(BigInt, () => chain.defaultTipWei),
  ]);
  return { baseFeeWei: head.baseFeeWei ?? 0n, tipWei };
}

export function feesOrThrow(market: FeeMarket, caps: FeeCaps, label: string, chain: Chain): Fees {
  const fees = quoteFees(market.baseFeeWei, market.tipWei, caps);
  if (fees) return fees;
  const gwei = (value: bigint) => formatUnits(value, 'gwei');
  const { maxFeeName = 'MAX_FEE_GWEI', maxFeeWei = 0n } = caps;
  throw new FeeAboveCap(
    `${label} is not sent: the base fee on ${chain.name} is ${gwei(market.baseFeeWei)} gwei, above ${maxFeeName} ${gwei(maxFeeWei)}`,
  );
}
