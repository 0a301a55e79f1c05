import { Interface, type TransactionLike, type Wallet } from 'ethers';
import { BotError } from '../errors/index.ts';
import { GasAboveLimit } from './errors.ts';

/** The permissions of a bot's wallet: these functions of these contracts, nothing else, never with value. */
export interface TransactionPolicy {
  chainId: number;
  /** Function signatures, e.g. `checkpoint(uint256 _checkpointTime, uint256 _maxIterations)`. */
  functions: readonly string[];
  /** Returns the contracts; called at every signature, since pools come and go. Addresses in any case. */
  contracts(): readonly string[];
  /**
   * Returns why a call of an allowed function of an allowed contract must not be signed because of its
   * arguments; undefined when it may be. Without it the arguments are free.
   */
  refuses?(call: { to: string; data: string }): string | undefined;
  /** The highest gas limit of one transaction. */
  maxGas: bigint;
  /** The operator's name for that limit. @default `MAX_GAS` */
  maxGasName?: string;
}

/**
 * Thrown when the signer was given a transaction that its bot never sends: a defect, or an intruder in the
 * process.
 */
export class PolicyViolation extends BotError {
  constructor(what: string) {
    super(`refused to sign: ${what}`);
  }
}

/**
 * Returns why this transaction must not be signed; undefined when it may be. The checks are on the final
 * transaction, so that no step between decision and signature can change it.
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

/**
 * Returns the error for a gas limit above the operator's. Legitimate calls may come to need more gas, so it
 * is no violation.
 */
export function limitOf(
  { maxGas, maxGasName }: TransactionPolicy,
  tx: TransactionLike<string>,
): GasAboveLimit | undefined {
  const gasLimit = BigInt(tx.gasLimit ?? 0);
  return gasLimit > maxGas
    ? new GasAboveLimit('the transaction', { gas: gasLimit, gasLimit, maxGas, maxGasName })
    : undefined;
}

function selectorOf(signature: string): string {
  const fragment = new Interface([`function ${signature}`]).fragments[0];
  return (fragment as unknown as { selector: string }).selector;
}

/** The only holder of a bot's key: it signs transactions that the policy allows, and no others. */
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

  /**
   * Checks a transaction against the policy.
   * @throws PolicyViolation, GasAboveLimit
   */
  check(tx: TransactionLike<string>): void {
    const violation = violationOf(this.#policy, tx);
    if (violation) throw new PolicyViolation(violation);
    const limit = limitOf(this.#policy, tx);
    if (limit) throw limit;
  }

  /**
   * Signs a transaction that the policy allows.
   * @returns the signed bytes
   * @throws PolicyViolation, GasAboveLimit
   */
  async sign(tx: TransactionLike<string>): Promise<string> {
    // The copy makes sure that the checked transaction is the signed one.
    const final = { ...tx };
    this.check(final);
    return this.#wallet.signTransaction(final);
  }
}
