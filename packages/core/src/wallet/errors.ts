import { BotError } from '../errors/index.ts';

/** The chain asks for more than the operator allows to pay. */
export class FeeAboveCap extends BotError {}

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

  constructor(label: string, hash: string, block: number) {
    super(`${label} was mined in block ${block} and reverted (${hash})`);
    this.hash = hash;
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

/** Something else used the nonce: another process has the same key. */
export class NonceTaken extends BotError {
  constructor(label: string, nonce: number) {
    super(`${label} can no longer be mined: another transaction of this wallet used nonce ${nonce}`);
  }
}

/** The process is stopping; nothing new is sent. */
export class SenderStopped extends BotError {
  constructor() {
    super('the process is stopping: nothing new is sent');
  }
}
