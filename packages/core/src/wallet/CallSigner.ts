import { keccak256, type TransactionLike } from 'ethers';
import type { Chain } from '../chains/index.ts';
import type { Fees } from './fees.ts';
import type { Attempt } from './journal.ts';
import { type PolicySigner, PolicyViolation } from './PolicySigner.ts';

interface CallSignerOptions {
  signer: PolicySigner;
  chain: Chain;
  /** Called when the signer refused, which is never normal. */
  onViolation(violation: PolicyViolation): void;
}

/** The call that a wallet is asked to sign. */
export interface Signable {
  to: string;
  data: string;
  gasLimit: bigint;
}

/** Builds the transactions of calls and has them signed. */
export class CallSigner {
  readonly #options: CallSignerOptions;

  constructor(options: CallSignerOptions) {
    this.#options = options;
  }

  /** Checks that the call would be signed, with any nonce. @throws PolicyViolation */
  check(call: Signable, fees: Fees): void {
    try {
      this.#options.signer.check(this.#transaction(call, 0, fees));
    } catch (error) {
      throw this.#reported(error);
    }
  }

  /**
   * Signs a call with a nonce and fees.
   * @throws PolicyViolation
   */
  async sign(call: Signable, nonce: number, fees: Fees): Promise<Attempt> {
    try {
      const raw = await this.#options.signer.sign(this.#transaction(call, nonce, fees));
      return { hash: keccak256(raw), raw, ...fees };
    } catch (error) {
      throw this.#reported(error);
    }
  }

  #transaction({ to, data, gasLimit }: Signable, nonce: number, fees: Fees): TransactionLike<string> {
    const { maxFeeWei: maxFeePerGas, tipWei: maxPriorityFeePerGas } = fees;
    const chainId = this.#options.chain.id;
    return { type: 2, chainId, to, data, value: 0n, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas };
  }

  #reported(error: unknown): unknown {
    if (error instanceof PolicyViolation) this.#options.onViolation(error);
    return error;
  }
}
