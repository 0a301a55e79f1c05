export { assessBalance } from './balance.ts';
export { type Broadcast, type BroadcastVerdict, broadcast, verdictOf } from './broadcast.ts';
export {
  BroadcastRefused,
  FeeAboveCap,
  InsufficientFunds,
  NonceTaken,
  OutcomeUnknown,
  SenderStopped,
  TransactionReverted,
  WalletBusy,
} from './errors.ts';
export {
  affordableFees,
  bumpFees,
  type FeeCaps,
  type FeeMarket,
  type Fees,
  outbidFees,
  quoteFees,
  replacementCaps,
} from './fees.ts';
export { type InFlight, type Journal, type JournalStore, journalSchema } from './journal.ts';
export { PolicySigner, PolicyViolation, type TransactionPolicy, violationOf } from './policy.ts';
export { type Call, type Preflight, preflight } from './preflight.ts';
export { describeRevert, SimulationReverted } from './revert.ts';
export { Sender, type SenderOptions } from './sender.ts';
export type { Mined, Sent, Unclaimed } from './sent.ts';
export { type KeySource, loadWallet } from './signer.ts';
export type { Ending, Tracked } from './watch.ts';
