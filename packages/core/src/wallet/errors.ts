import { BotError } from '../errors/index.ts';

/** Thrown when the chain's fees are above the operator's cap. */
export class FeeAboveCap extends BotError {}

/**
 * Thrown when the price is far above the usual one, and the call has time to wait for a lower one. No
 * transaction was sent.
 */
export class PriceSpike extends BotError {}

/** Thrown when the wallet holds less than the highest possible cost of the transaction. */
export class InsufficientFunds extends BotError {}

/** Thrown when the nodes refuse the transaction as it is; the message holds their words. */
export class BroadcastRefused extends BotError {
  constructor(label: string, said: string) {
    super(`the node refused ${label}: ${said}`);
  }
}

/**
 * Thrown when earlier transactions of the wallet have to be mined first, and are not in time. No transaction
 * was sent.
 */
export class WalletBusy extends BotError {
  constructor(label: string, waiting: readonly { label: string; nonce: number }[]) {
    const first = waiting[0];
    const ahead = first
      ? `: ${first.label} (nonce ${first.nonce})${waiting.length > 1 ? ` and ${waiting.length - 1} more` : ''}`
      : '';
    super(`${label} is not sent yet: the wallet waits for earlier transactions${ahead}`);
  }
}

/** Thrown when the transaction was mined, and failed. */
export class TransactionReverted extends BotError {
  readonly hash: string;

  constructor({
    label,
    hash,
    block,
    what = `${label} was mined in block ${block} and reverted (${hash})`,
  }: { label: string; hash: string; block: number; what?: string | undefined }) {
    super(what);
    this.hash = hash;
  }
}

/**
 * Thrown when the transaction was mined, and failed because its gas was used up: the estimate was too low, or
 * the state has changed since.
 */
export class OutOfGas extends TransactionReverted {
  readonly gasLimit: bigint;
  /** The error to throw instead when the contract turns out to refuse the call. */
  readonly asRevert: TransactionReverted;

  constructor({
    label,
    hash,
    block,
    gasLimit,
  }: { label: string; hash: string; block: number; gasLimit: bigint }) {
    super({
      label,
      hash,
      block,
      what: `${label} was mined in block ${block}, used all of its ${gasLimit} gas, and changed nothing (${hash})`,
    });
    this.gasLimit = gasLimit;
    this.asRevert = new TransactionReverted({ label, hash, block });
  }
}

/**
 * Thrown when the transaction was broadcast and is not known to be mined yet. Its nonce is taken until the
 * chain has answered.
 */
export class OutcomeUnknown extends BotError {
  readonly hash: string;
  readonly nonce: number;

  constructor(label: string, hash: string, nonce: number) {
    super(
      `${label} was broadcast with nonce ${nonce} and is not mined yet (${hash}); it is still being watched`,
    );
    this.hash = hash;
    this.nonce = nonce;
  }
}

/** Thrown when another transaction of the wallet used the nonce, so that this one can no longer be mined. */
export class NonceTaken extends BotError {
  /** The hash of the transaction that used the nonce; undefined when no block shows it. */
  readonly usedBy: string | undefined;

  constructor(label: string, nonce: number, usedBy?: string) {
    const other = usedBy === undefined ? '' : ` (${usedBy})`;
    super(`${label} can no longer be mined: another transaction${other} of this wallet used nonce ${nonce}`);
    this.usedBy = usedBy;
  }
}

/**
 * Thrown when the nonce is ahead of the wallet's transactions, and none of them fills the gap. The
 * transaction can never be mined as it is.
 */
export class NonceGap extends BotError {
  constructor(label: string, nonce: number, usedNonces: number) {
    super(
      `${label} is not mined: it has nonce ${nonce}, and the wallet has used ${usedNonces}; an endpoint reported too high a count. The next attempt takes the right nonce`,
    );
  }
}

/**
 * Thrown when the caller no longer wants the call, and it had not been mined: it is not replaced, and its
 * nonce is free again.
 */
export class NoLongerWanted extends BotError {
  constructor(label: string) {
    super(`${label} is no longer wanted, and was not mined: it is not sent again`);
  }
}

/** Thrown when the wallet has used its gas budget for now. No transaction was sent. */
export class GasBudgetExceeded extends BotError {}

interface GasNeed {
  /** The gas that the transaction takes; `gasLimit` adds the chain's margin. */
  gas: bigint;
  gasLimit: bigint;
  maxGas: bigint;
  /** The operator's name for the limit. @default `MAX_GAS` */
  maxGasName?: string | undefined;
}

/**
 * Thrown when the transaction needs more gas than the operator allows for one transaction. No transaction was
 * signed.
 */
export class GasAboveLimit extends BotError {
  readonly gasLimit: bigint;
  readonly maxGas: bigint;

  /** @param what the transaction's name for people */
  constructor(what: string, { gas, gasLimit, maxGas, maxGasName = 'MAX_GAS' }: GasNeed) {
    const enough = ((gasLimit + 99_999n) / 100_000n) * 100_000n;
    super(
      `${what} needs ${millions(gas)} M gas, ${maxGasName} is ${millions(maxGas)} M: it is not sent. ` +
        `Set ${maxGasName} to ${enough} or more (the gas and the margin of this chain) if it may cost that`,
    );
    this.gasLimit = gasLimit;
    this.maxGas = maxGas;
  }
}

/** Returns `4.8`, `3` or `0.232`: at least two digits, so that two different figures look different. */
function millions(gas: bigint): string {
  const inMillions = Number(gas) / 1e6;
  return String(
    Number(inMillions >= 10 ? inMillions.toFixed(1) : inMillions.toPrecision(inMillions >= 1 ? 2 : 3)),
  );
}

/** Thrown when the process is stopping and sends no new transaction. */
export class SenderStopped extends BotError {
  constructor() {
    super('the process is stopping: nothing new is sent');
  }
}
