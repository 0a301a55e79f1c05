import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Logger } from '../logger/index.ts';
import type { BroadcastTarget } from './broadcast.ts';
import type { FeeCaps } from './fees.ts';
import type { GasLimits } from './GasBudget.ts';
import type { JournalWriterOptions } from './JournalWriter.ts';
import type { JournalStore } from './journal.ts';
import type { ForeignUse } from './OwnNonces.ts';
import type { PolicySigner, PolicyViolation } from './PolicySigner.ts';
import type { Unclaimed } from './Sent.ts';

/** The parts of a sender. */
export interface SenderOptions extends BroadcastTarget, Pick<JournalWriterOptions, 'onJournalTrouble'> {
  signer: PolicySigner;
  chain: Chain;
  journal: JournalStore;
  clock: Clock;
  /**
   * Waits up to `ms` before the transactions in flight are checked again, and ends early at a hint of a new
   * block.
   * @default the clock's sleep
   */
  pause?: (ms: number, stop: AbortSignal) => Promise<void>;
  logger: Logger;
  /** The operator's caps. @default the chain's */
  caps: FeeCaps;
  /** The gas that the wallet may use. @default the chain's figures */
  gasLimits?: Partial<GasLimits>;
  /** How deep a receipt has to be, in blocks, its own block included. */
  confirmations: number;
  /** Blocks to wait before a transaction is replaced with higher fees. */
  replaceAfterBlocks: number;
  /** Whether to do everything except the broadcast. */
  dryRun: boolean;
  /**
   * How long `send` waits for a broadcast transaction before it rejects with OutcomeUnknown, and for earlier
   * transactions before it rejects with WalletBusy, in ms.
   */
  waitMs: number;
  /**
   * Waits before an idempotent call, where another copy of the bot may be about to send the same call. The
   * state of the chain is then read anew.
   * @default no wait
   * @returns whether it waited
   */
  headStart?: (stop: AbortSignal) => Promise<boolean>;
  /** Called when the signer refused, which is never normal. */
  onViolation(violation: PolicyViolation): void;
  /** Called with a successful transaction that was mined after its caller had ended or stopped waiting. */
  onUnclaimed?(mined: Unclaimed): void;
  /**
   * Called when another sender used nonces of the wallet: another bot, a person, or a thief with the same
   * key.
   */
  onForeignUse?(use: ForeignUse): void;
}
