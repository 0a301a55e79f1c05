import { formatEther, formatUnits, type Interface } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import type { BlockRef, RpcClient } from '../rpc/index.ts';
import { InsufficientFunds, PriceSpike } from './errors.ts';
import { optionalMs } from './feeMarket.ts';
import { affordableFees, type FeeCaps, type FeeMarket, type Fees, feesOrThrow } from './fees.ts';
import type { L1Fee } from './L1Fee.ts';
import { isWaitedOut, type UsualPrice } from './UsualPrice.ts';

/** A contract call that a bot wants mined. */
export interface Call {
  /** The name for people, e.g. `checkpoint 2026-11-21T00:00Z of sUSDe pool`. */
  label: string;
  to: string;
  data: string;
  /** The ABI with the contract's own errors. */
  abi: Interface;
  /**
   * The block at which the decision was read: the call is simulated on the same state.
   * @default the latest
   */
  block?: BlockRef;
  /**
   * The block that the call is meant for, if it does not exist yet. Nodes without block overrides simulate at
   * `block`.
   */
  meantFor?: { number?: number; timestamp?: number };
  /**
   * Whether sending the call twice does no harm: at worst one revert is paid. While the journal cannot be
   * written, or no lease keeps another copy of the bot from sending it too, only such calls are sent.
   * @default false
   */
  idempotent?: boolean;
  /**
   * Awaited when the call is simulated and signed, just before it is sent. Other calls of the wallet are sent
   * meanwhile; this one then gets another nonce. When the gate rejects, no transaction was sent, and `send`
   * rejects with the same error.
   */
  gate?: (stop: AbortSignal) => Promise<void>;
  /**
   * Returns whether the call is still wanted, by the chain's state. Called before a transaction that waits is
   * replaced. False ends it: `send` rejects with NoLongerWanted. When it rejects or takes longer than 2 s,
   * the call counts as wanted.
   */
  isWanted?: () => Promise<boolean>;
  /**
   * Returns how long the call may wait for a lower price, in ms. While that is above 0, a price far above the
   * usual one is not paid, and `send` rejects with PriceSpike. After that, any price within the caps is paid.
   * When absent, the call does not wait.
   */
  patienceMs?: () => number;
  /**
   * Whether the call may use the share of the gas budget that is reserved for calls like it.
   * @default false
   */
  usesReserve?: boolean;
}

/** The expected cost of a call, found by simulating that very call from the wallet. */
export interface Preflight {
  fees: Fees;
  gasLimit: bigint;
  /** Gas × (base fee + tip) at the present base fee, and the first-layer fee where there is one. */
  expectedCostWei: bigint;
  /** The wallet's balance. */
  balanceWei: bigint;
}

export interface PreflightOptions {
  client: RpcClient;
  chain: Chain;
  caps: FeeCaps;
  l1Fee: L1Fee;
  /** Simulates the call. @returns the gas that it takes */
  simulate(): Promise<bigint>;
  /** Reads the price of gas. */
  readMarket(): Promise<FeeMarket>;
  usualPrice: UsualPrice;
  /** The address of the wallet. */
  from: string;
  /** False in a dry run, whose wallet may be empty. */
  checkBalance: boolean;
  /** The lowest gas limit. */
  leastGas: bigint;
}

/**
 * Quotes a call: gas, fees, balance and the first-layer fee are read side by side.
 * @throws SimulationReverted | FeeAboveCap | InsufficientFunds | PriceSpike | BotError when the node could
 * not answer
 */
export async function preflight(call: Call, options: PreflightOptions): Promise<Preflight> {
  const { client, chain, caps, l1Fee, simulate, readMarket, usualPrice, from, checkBalance, leastGas } =
    options;
  const [gas, market, balanceWei, l1FeeWei, usualBaseFeeWei] = await Promise.all([
    simulate(),
    readMarket(),
    client.send('eth_getBalance', [from, 'latest']).then(BigInt),
    // The first-layer fee must not delay a call that could be sent.
    withDeadline(l1Fee.estimateWei(call.data), optionalMs, () => new Error('late')).catch(
      () => l1Fee.lastWei,
    ),
    call.patienceMs && usualPrice.baseFeeWei(),
  ]);
  const withMargin = (gas * chain.gasMarginPercent) / 100n;
  const gasLimit = withMargin > leastGas ? withMargin : leastGas;
  const quote = feesOrThrow(market, { caps, label: call.label, chain });
  const expectedCostWei = gas * (market.baseFeeWei + quote.tipWei) + l1FeeWei;
  const waitOrPay = () => waitOutSpike(call, { market, usualBaseFeeWei, chain });
  if (!checkBalance) {
    waitOrPay();
    return { fees: quote, gasLimit, expectedCostWei, balanceWei };
  }
  const forGasWei = balanceWei > l1FeeWei ? balanceWei - l1FeeWei : 0n;
  const fees = affordableFees(quote, { baseFeeWei: market.baseFeeWei, gasLimit, balanceWei: forGasWei });
  if (!fees) {
    const neededWei = gasLimit * quote.maxFeeWei + l1FeeWei;
    throw new InsufficientFunds(
      `${call.label} needs up to ${formatEther(neededWei)} ${chain.currency}, but ${from} holds ${formatEther(balanceWei)}`,
    );
  }
  waitOrPay();
  return { fees, gasLimit, expectedCostWei, balanceWei };
}

/**
 * Runs after the checks whose failures need a person, so that the person has all of the remaining time.
 * @throws PriceSpike
 */
function waitOutSpike(
  call: Call,
  {
    market: { baseFeeWei },
    usualBaseFeeWei,
    chain,
  }: { market: FeeMarket; usualBaseFeeWei: bigint | undefined; chain: Chain },
): void {
  const patienceMs = call.patienceMs?.() ?? 0;
  if (usualBaseFeeWei === undefined || !isWaitedOut({ baseFeeWei, usualBaseFeeWei, patienceMs, chain }))
    return;
  const gwei = (wei: bigint) => formatUnits(wei, 'gwei');
  throw new PriceSpike(
    `${call.label} waits for a lower price: a unit of gas on ${chain.name} costs ${gwei(baseFeeWei)} gwei and a tip, and its base fee was ${gwei(usualBaseFeeWei)} gwei in recent blocks; any price within the caps is paid in ${Math.ceil(patienceMs / 1000)} s at the latest`,
  );
}
