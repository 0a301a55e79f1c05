import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';

interface AccountOptions {
  provider: Pick<FailoverProvider, 'send'>;
  chain: Pick<Chain, 'maxInFlight' | 'richWallet'>;
  clock: Clock;
  address: string;
}

/** The beginning of the code of an account that EIP-7702 delegates to a contract. */
const delegationPrefix = '0xef0100';
const codeFreshMs = 600_000;
const balanceFreshMs = 60_000;

/**
 * The wallet's code and balance on the chain, which decide how many of its transactions may wait in the
 * mempool at a time.
 */
export class Account {
  readonly #options: AccountOptions;
  #isDelegated = false;
  #balanceWei: bigint | undefined;
  #codeReadAtMs: number | undefined;
  #balanceReadAtMs: number | undefined;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  /**
   * The number of transactions that may wait at a time, as far as it is known: one for an account that
   * delegates to a contract, more for a rich wallet where the chain allows it, and otherwise the chain's
   * figure.
   */
  get maxInFlight(): number {
    const { maxInFlight, richWallet } = this.#options.chain;
    if (this.#isDelegated) return 1;
    const isRich = richWallet && this.#balanceWei !== undefined && this.#balanceWei >= richWallet.fromWei;
    return isRich ? richWallet.maxInFlight : maxInFlight;
  }

  get isDelegated(): boolean {
    return this.#isDelegated;
  }

  /** Records a balance that was read for another purpose. */
  noteBalance(balanceWei: bigint): void {
    this.#balanceWei = balanceWei;
    this.#balanceReadAtMs = this.#options.clock.monotonicMs();
  }

  /** Discards the account's cached code, after a node refused a second transaction: the code may have changed. */
  forgetCode(): void {
    this.#codeReadAtMs = undefined;
  }

  /**
   * Reads code and balance when they are too old. Never rejects: a value that cannot be read stays as it was.
   */
  async refresh(): Promise<void> {
    const { provider, chain, clock, address } = this.#options;
    const isOld = (at: number | undefined, ms: number) => at === undefined || clock.monotonicMs() - at > ms;
    const reads: Promise<void>[] = [];
    if (isOld(this.#codeReadAtMs, codeFreshMs)) {
      const read = async () => {
        const code: unknown = await provider.send('eth_getCode', [address, 'latest']);
        if (typeof code !== 'string') return;
        this.#isDelegated = code.toLowerCase().startsWith(delegationPrefix);
        this.#codeReadAtMs = clock.monotonicMs();
      };
      reads.push(read());
    }
    if (chain.richWallet && isOld(this.#balanceReadAtMs, balanceFreshMs)) {
      const read = async () => {
        const balance: unknown = await provider.send('eth_getBalance', [address, 'latest']);
        if (typeof balance === 'string' && /^0x[0-9a-f]+$/i.test(balance)) this.noteBalance(BigInt(balance));
      };
      reads.push(read());
    }
    await Promise.allSettled(reads);
  }
}
