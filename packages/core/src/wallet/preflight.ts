import { formatEther, formatUnits, type Interface } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import type { Asker, BlockRef } from '../rpc/index.ts';
import { InsufficientFunds, PriceSpike } from './errors.ts';
import { optionalMs } from './feeMarket.ts';
import { affordableFees, type FeeCaps, type FeeMarket, type Fees, feesOrThrow } from './fees.ts';
import type { L1Fee } from './l1Fee.ts';
import { isWaitedOut, type UsualPrice } from './UsualPrice.ts';

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
   * Sending the call twice does no harm: at worst one revert is paid. Only such a call is sent while the journal cannot
   * be written, or while no lease keeps another copy of the bot from sending it too.
   * @default false
   */
  idempotent?: boolean;
  /**
   * Awaited when everything is ready and signed, just before the call leaves. Other calls of the wallet leave meanwhile;
   * this one then gets another nonce. When it rejects, nothing was sent, and `send` rejects with the same.
   */
  gate?: (stop: AbortSignal) => Promise<void>;
  /**
   * Whether the call is still wanted, by the chain's state. Asked before a transaction that waits is replaced. False ends
   * it: `send` rejects with NoLongerWanted. When it rejects or takes longer than 2 s, the call counts as wanted.
   */
  isWanted?: () => Promise<boolean>;
  /**
   * How long, in ms, the call may wait for a lower price. While that is above 0, a price far above the usual one is not
   * paid, and `send` rejects with PriceSpike; after that, all that the caps allow is paid. Absent: it does not wait.
   */
  patienceMs?: () => number;
  /** Whether it may use the share of the gas budget that is reserved for calls like it. @default false */
  usesReserve?: boolean;
}

/** What a call will cost, found by simulating that very call from the wallet. */
export interface Preflight {
  fees: Fees;
  gasLimit: bigint;
  /** Gas × (base fee + tip) at the present base fee, and the fee for the first layer where there is one. */
  expectedCostWei: bigint;
  /** The wallet's balance. */
  balanceWei: bigint;
}

export interface PreflightOptions {
  asker: Asker;
  chain: Chain;
  caps: FeeCaps;
  l1Fee: L1Fee;
  /** Simulates the call. @returns the gas it takes */
  simulate(): Promise<bigint>;
  /** Reads the price of gas. */
  readMarket(): Promise<FeeMarket>;
  usualPrice: UsualPrice;
  /** The wallet. */
  from: string;
  /** False in a dry run, whose wallet may be empty. */
  checkBalance: boolean;
  /** The gas limit is no lower. */
  leastGas: bigint;
}

/** @throws SimulationReverted | FeeAboveCap | InsufficientFunds | PriceSpike | BotError when the node could not tell */
export async function preflight(call: Call, options: PreflightOptions): Promise<Preflight> {
  const { asker, chain, caps, l1Fee, simulate, readMarket, usualPrice, from, checkBalance, leastGas } =
    options;
  const [gas, market, balanceWei, l1FeeWei, usualBaseFeeWei] = await Promise.all([
    simulate(),
    readMarket(),
    asker.send('eth_getBalance', [from, 'latest']).then(BigInt),
    // It must not hold up a call that could be sent.
    withDeadline(l1Fee.estimateWei(call.data), optionalMs, () => new Error('late')).catch(
      () => l1Fee.lastWei,
    ),
    call.patienceMs && usualPrice.baseFeeWei(),
  ]);
  const withMargin = (gas * chain.gasMarginPercent) / 100n;
  const gasLimit = withMargin > leastGas ? withMargin : leastGas;
  const quote = feesOrThrow(market, caps, call.label, chain);
  const expectedCostWei = gas * (market.baseFeeWei + quote.tipWei) + l1FeeWei;
  const waitOrPay = () => waitOutSpike(call, market, usualBaseFeeWei, chain);
  if (!checkBalance) {
    waitOrPay();
    return { fees: quote, gasLimit, expectedCostWei, balanceWei };
  }
  const forGasWei = balanceWei > l1FeeWei ? balanceWei - l1FeeWei : 0n;
  const fees = affordableFees(quote, market.baseFeeWei, gasLimit, forGasWei);
  if (!fees) {
    const neededWei = gasLimit * quote.maxFeeWei + l1FeeWei;
    throw new InsufficientFunds(
      `${call.label} needs up to ${formatEther(neededWei)} ${chain.currency}, but ${from} holds ${formatEther(balanceWei)}`,
    );
  }
  waitOrPay();
  return { fees, gasLimit, expectedCostWei, balanceWei };
}

/** After the checks that need a person, who then has all of the time that is left. @throws PriceSpike */
function waitOutSpike(
  call: Call,
  { baseFeeWei }: FeeMarket,
  usualBaseFeeWei: bigint | undefined,
  chain: Chain,
): void {
  const patienceMs = call.patienceMs?.() ?? 0;
  if (usualBaseFeeWei === undefined || !isWaitedOut(baseFeeWei, usualBaseFeeWei, patienceMs, chain)) return;
  const gwei = (wei: bigint) => formatUnits(wei, 'gwei');
  throw new PriceSpike(
    `${call.label} waits for a lower price: a unit of gas on ${chain.name} costs ${gwei(baseFeeWei)} gwei and a tip, and its base fee was ${gwei(usualBaseFeeWei)} gwei in recent blocks; whatever the caps allow is paid in ${Math.ceil(patienceMs / 1000)} s at the latest`,
  );
}
