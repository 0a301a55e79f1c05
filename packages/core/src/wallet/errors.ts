import { BotError } from '../errors/index.ts';

/** The chain asks for more than the operator allows to pay. */
export class FeeAboveCap extends BotError {}

/** The price is far above the usual one, and the call has time to wait for a lower one. Nothing was sent. */
export class PriceSpike extends BotError {}

/** The wallet does not hold what the transaction may cost. */
export class InsufficientFunds extends BotError {}

/** The node does not take the transaction as it is, and says why. */
export class BroadcastRefused extends BotError {
  constructor(label: string, said: string) {
    super(`the node refused ${label}: ${said}`);
  }
}

/** Other transactions of the wallet have to be mined first, and are not in time. Nothing was sent. */
export class WalletBusy extends BotError {
  constructor(label: string, waiting: readonly { label: string; nonce: number }[]) {
    const first = waiting[0];
    const ahead = first
      ? `: ${first.label} (nonce ${first.nonce})${waiting.length > 1 ? ` and ${waiting.length - 1} more` : ''}`
      : '';
    super(`${label} is not sent yet: the wallet waits for earlier transactions${ahead}`);
  }
}

/** Mined, and failed. */
export class TransactionReverted extends BotError {
  readonly hash: string;

  constructor(
    label: string,
    hash: string,
    block: number,
    what = `${label} was mined in block ${block} and reverted (${hash})`,
  ) {
    super(what);
    this.hash = hash;
  }
}

/** Mined, and failed because its gas was used up: the estimate was too low, or the state has changed since. */
export class OutOfGas extends TransactionReverted {
  readonly gasLimit: bigint;
  /** The same, where it turns out that the contract refuses the call. */
  readonly asRevert: TransactionReverted;

  constructor(label: string, hash: string, block: number, gasLimit: bigint) {
    super(
      label,
      hash,
      block,
      `${label} was mined in block ${block}, used all of its ${gasLimit} gas, and changed nothing (${hash})`,
    );
    this.gasLimit = gasLimit;
    this.asRevert = new TransactionReverted(label, hash, block);
  }
}

/** Broadcast, and not known to be mined yet. Its nonce is taken until the chain has answered. */
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

/** Another transaction of the wallet used the nonce: this one can no longer be mined. */
export class NonceTaken extends BotError {
  /** The transaction that used it, where a block shows it. */
  readonly usedBy: string | undefined;

  constructor(label: string, nonce: number, usedBy?: string) {
    const other = usedBy === undefined ? '' : ` (${usedBy})`;
    super(`${label} can no longer be mined: another transaction${other} of this wallet used nonce ${nonce}`);
    this.usedBy = usedBy;
  }
}

/** The nonce is ahead of the wallet's transactions, and none of them fills the gap: it is never mined as it is. */
export class NonceGap extends BotError {
  constructor(label: string, nonce: number, usedNonces: number) {
    super(
      `${label} is not mined: it has nonce ${nonce}, and the wallet has used ${usedNonces}; an endpoint told a count too high. Its next try takes the right nonce`,
    );
  }
}

/** The caller does not want it any more, and it had not been mined: it is not replaced, and its nonce is free again. */
export class NoLongerWanted extends BotError {
  constructor(label: string) {
    super(`${label} is no longer wanted, and was not mined: it is not sent again`);
  }
}

/** The wallet has used as much gas as it may for now. Nothing was sent. */
export class GasBudgetExceeded extends BotError {}

/** The transaction needs more gas than the operator allows one transaction. Nothing was signed. */
export class GasAboveLimit extends BotError {
  readonly gasLimit: bigint;
  readonly maxGas: bigint;

  /**
   * @param what the transaction, for people
   * @param gas what it takes; `gasLimit` adds the chain's margin
   * @param maxGasName what the operator calls the limit
   */
  constructor(what: string, gas: bigint, gasLimit: bigint, maxGas: bigint, maxGasName = 'MAX_GAS') {
    const enough = ((gasLimit + 99_999n) / 100_000n) * 100_000n;
    super(
      `${what} needs ${millions(gas)} M gas, ${maxGasName} is ${millions(maxGas)} M: it is not sent. ` +
        `Set ${maxGasName} to ${enough} or more (the gas and the margin of this chain) if it may cost that`,
    );
    this.gasLimit = gasLimit;
    this.maxGas = maxGas;
  }
}

/** `4.8`, `3`, `0.232`: two digits at least, so that two figures that differ look different. */
function millions(gas: bigint): string {
  const inMillions = Number(gas) / 1e6;
  return String(
    Number(inMillions >= 10 ? inMillions.toFixed(1) : inMillions.toPrecision(inMillions >= 1 ? 2 : 3)),
  );
}

/** The process is stopping; nothing new is sent. */
export class SenderStopped extends BotError {
  constructor() {
    super('the process is stopping: nothing new is sent');
  }
}
