import { Interface, type TransactionLike, type Wallet } from 'ethers';
import { BotError } from '../errors/index.ts';
import { GasAboveLimit } from './errors.ts';

/** What a bot's wallet may do: these functions on these contracts, nothing else, never with value. */
export interface TransactionPolicy {
  chainId: number;
  /** Function signatures, e.g. `checkpoint(uint256 _checkpointTime, uint256 _maxIterations)`. */
  functions: readonly string[];
  /** Asked at every signature, since pools come and go. Addresses in any case. */
  contracts(): readonly string[];
  /**
   * Returns why a call of an allowed function of an allowed contract must not be signed all the same, by its arguments;
   * undefined: it may be. Without it the arguments are free.
   */
  refuses?(call: { to: string; data: string }): string | undefined;
  /** Gas units that one transaction may ask for. */
  maxGas: bigint;
  /** What the operator calls that limit; `MAX_GAS` unless given. */
  maxGasName?: string;
}

/** The signer was asked for something its bot does not do: a defect, or somebody at the controls. */
export class PolicyViolation extends BotError {
  constructor(what: string) {
    super(`refused to sign: ${what}`, { retryable: false });
  }
}

/**
 * Why this transaction must not be signed, or undefined when it may.
 * The checks are on the final transaction, so that nothing between decision and signature can change it.
 */
export function violationOf(policy: TransactionPolicy, tx: TransactionLike<string>): string | undefined {
  if (Number(tx.chainId) !== policy.chainId) return `chain ${tx.chainId} instead of ${policy.chainId}`;
  if (tx.type !== 2) return `transaction type ${tx.type} instead of 2`;
  if (!tx.to) return 'a contract creation';
  const to = tx.to.toLowerCase();
  if (!policy.contracts().some(contract => contract.toLowerCase() === to))
    return `a call to ${tx.to}, which is not one of its contracts`;
  const selector = (tx.data ?? '0x').slice(0, 10).toLowerCase();
  if (!policy.functions.some(signature => selectorOf(signature) === selector))
    return `the function ${selector} of ${tx.to}`;
  if (BigInt(tx.value ?? 0) !== 0n) return `a value of ${tx.value} wei`;
  return policy.refuses?.({ to: tx.to, data: tx.data ?? '0x' });
}

/** A limit that the operator has set, and that honest work can come to need more than. It is no violation. */
export function limitOf(
  { maxGas, maxGasName }: TransactionPolicy,
  tx: TransactionLike<string>,
): GasAboveLimit | undefined {
  const gasLimit = BigInt(tx.gasLimit ?? 0);
  return gasLimit > maxGas
    ? new GasAboveLimit('the transaction', gasLimit, gasLimit, maxGas, maxGasName)
    : undefined;
}

function selectorOf(signature: string): string {
  const fragment = new Interface([`function ${signature}`]).fragments[0];
  return (fragment as unknown as { selector: string }).selector;
}

/** The only holder of a bot's key: it signs transactions that the policy allows, and nothing else. */
export class PolicySigner {
  readonly address: string;
  readonly #wallet: Pick<Wallet, 'address' | 'signTransaction'>;
  readonly #policy: TransactionPolicy;

  constructor(wallet: Pick<Wallet, 'address' | 'signTransaction'>, policy: TransactionPolicy) {
    this.address = wallet.address;
    this.#wallet = wallet;
    this.#policy = policy;
  }

  get maxGas(): bigint {
    return this.#policy.maxGas;
  }

  get maxGasName(): string | undefined {
    return this.#policy.maxGasName;
  }

  /** @throws PolicyViolation, GasAboveLimit */
  check(tx: TransactionLike<string>): void {
    const violation = violationOf(this.#policy, tx);
    if (violation) throw new PolicyViolation(violation);
    const limit = limitOf(this.#policy, tx);
    if (limit) throw limit;
  }

  /** @returns the signed bytes @throws PolicyViolation, GasAboveLimit */
  async sign(tx: TransactionLike<string>): Promise<string> {
    // A copy: what is checked is what is signed.
    const final = { ...tx };
    this.check(final);
    return this.#wallet.signTransaction(final);
  }
}
