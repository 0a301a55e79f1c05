import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { clientsInUse, type FailoverProvider, type RpcClient, readHead } from '../rpc/index.ts';
import type { Account } from './Account.ts';
import type { CallSigner } from './CallSigner.ts';
import { GasAboveLimit, GasBudgetExceeded } from './errors.ts';
import { readFeeMarket, readFeeMarketOf } from './feeMarket.ts';
import type { FeeCaps, FeeMarket } from './fees.ts';
import { GasEstimates } from './GasEstimates.ts';
import { L1Fee } from './L1Fee.ts';
import type { PolicySigner } from './PolicySigner.ts';
import { type Call, type Preflight, type PreflightOptions, preflight } from './preflight.ts';
import { SimulationReverted } from './revert.ts';
import type { SecondOpinions } from './SecondOpinions.ts';
import { simulate } from './simulate.ts';
import { UsualPrice } from './UsualPrice.ts';

export interface QuotesOptions {
  provider: FailoverProvider;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
  signer: Pick<PolicySigner, 'address' | 'maxGas' | 'maxGasName'>;
  callSigner: CallSigner;
  account: Account;
  opinions: SecondOpinions;
  /** False in a dry run, whose wallet may be empty. */
  checkBalance: boolean;
}

interface Budgeted {
  quoting: Promise<Preflight>;
  budget: {
    /** Checks a quote. @throws GasBudgetExceeded */
    fits(quote: Preflight): void;
    /** Checks the quote that decides, and keeps what does not fit for its alert. @throws GasBudgetExceeded */
    check(quote: Preflight): void;
  };
  /** The lowest gas limit. @default 0 */
  leastGas?: bigint;
}

/** Quotes the cost of one wallet's calls and whether they can be sent, by simulating them. */
export class Quotes {
  readonly #options: QuotesOptions;
  readonly #l1Fee: L1Fee;
  readonly usualPrice: UsualPrice;
  readonly #estimates: GasEstimates;
  #market: Promise<FeeMarket> | undefined;

  constructor(options: QuotesOptions) {
    const { provider, chain, clock, signer } = options;
    this.#options = options;
    const { gasMarginPercent: marginPercent } = chain;
    this.#estimates = new GasEstimates({ provider, from: signer.address, marginPercent });
    const others = () => clientsInUse(provider).map(({ client }) => client);
    this.#l1Fee = new L1Fee(provider, chain, { nowMs: () => clock.monotonicMs(), others });
    this.usualPrice = new UsualPrice(provider, () => clock.monotonicMs());
  }

  /** The last first-layer fee of a rollup of the OP stack; zero on other chains. */
  get l1FeeWei(): bigint {
    return this.#l1Fee.lastWei;
  }

  /**
   * Quotes the present cost of a call. Before the call is given up, every endpoint in use is asked by itself.
   * @param leastGas the lowest gas limit, as far as the operator's limit allows
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | PriceSpike | InsufficientFunds |
   * GasAboveLimit | BotError when the node could not answer
   */
  async of(call: Call, leastGas = 0n): Promise<Preflight> {
    const again = (client: RpcClient, doubted: unknown) => this.#byOne(client, { call, leastGas, doubted });
    const quote = await this.#options.opinions.on(call.label, { first: this.#byAll(call, leastGas), again });
    this.#options.account.noteBalance(quote.balanceWei);
    return quote;
  }

  /**
   * Returns a quote that fits into a gas budget: another endpoint's quote where only that one fits.
   * @throws what `quoting` rejects with, GasBudgetExceeded
   */
  async inBudget(call: Call, { quoting, budget, leastGas = 0n }: Budgeted): Promise<Preflight> {
    const fitting = async (quote: Promise<Preflight>) => {
      budget.fits(await quote);
      return quote;
    };
    const again = (client: RpcClient, doubted: unknown) =>
      fitting(this.#byOne(client, { call, leastGas, doubted }));
    const isTooMuch = (error: unknown) => error instanceof GasBudgetExceeded;
    const { opinions } = this.#options;
    const first = fitting(quoting);
    const chosen = await opinions
      .on(call.label, { first, again, isDoubted: isTooMuch })
      .catch(async (error: unknown) => {
        if (isTooMuch(error)) budget.check(await quoting);
        throw error;
      });
    // Only the decision is kept for the alert: an endpoint that is asked beside others may answer after it.
    budget.check(chosen);
    return chosen;
  }

  #byAll(call: Call, leastGas: bigint): Promise<Preflight> {
    const { provider, chain } = this.#options;
    return this.#quote(call, leastGas, {
      client: provider,
      l1Fee: this.#l1Fee,
      usualPrice: this.usualPrice,
      simulate: () => this.#estimates.of(call),
      // Concurrent calls share one reading.
      readMarket: () => {
        this.#market ??= readFeeMarket(provider, chain).finally(() => {
          this.#market = undefined;
        });
        return this.#market;
      },
    });
  }

  /**
   * Quotes a call at one endpoint alone.
   * @param quote with `doubted`, why the call cannot be sent; a revert is checked at the same block only
   */
  async #byOne(
    client: RpcClient,
    { call, leastGas, doubted }: { call: Call; leastGas: bigint; doubted: unknown },
  ): Promise<Preflight> {
    const { provider, chain, clock, signer } = this.#options;
    const isPinned = doubted instanceof SimulationReverted;
    const block = call.block ?? (isPinned ? await readHead(provider) : undefined);
    const pinned = block ? { ...call, block } : call;
    return this.#quote(call, leastGas, {
      client,
      l1Fee: new L1Fee(client, chain, { nowMs: () => clock.monotonicMs() }),
      usualPrice: new UsualPrice(client, () => clock.monotonicMs()),
      simulate: () => simulate(client, { from: signer.address, call: pinned, isPinned }),
      readMarket: () => readFeeMarketOf(client, chain),
    });
  }

  async #quote(
    call: Call,
    leastGas: bigint,
    by: Pick<PreflightOptions, 'client' | 'l1Fee' | 'usualPrice' | 'simulate' | 'readMarket'>,
  ): Promise<Preflight> {
    const { signer, callSigner, chain } = this.#options;
    const { address: from, maxGas, maxGasName } = signer;
    const least = leastGas < maxGas ? leastGas : maxGas;
    const quote = await preflight(call, { ...this.#options, ...by, from, leastGas: least });
    const { gasLimit, fees } = quote;
    if (gasLimit > maxGas) {
      const gas = (gasLimit * 100n) / chain.gasMarginPercent;
      throw new GasAboveLimit(call.label, { gas, gasLimit, maxGas, maxGasName });
    }
    callSigner.check({ ...call, gasLimit }, fees);
    return quote;
  }
}
