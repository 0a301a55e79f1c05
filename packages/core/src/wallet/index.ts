export { balanceAlerts, balanceReport } from './balanceReport.ts';
export {
  BroadcastRefused,
  FeeAboveCap,
  GasAboveLimit,
  GasBudgetExceeded,
  InsufficientFunds,
  NoLongerWanted,
  NonceGap,
  NonceTaken,
  OutcomeUnknown,
  OutOfGas,
  PriceSpike,
  SenderStopped,
  TransactionReverted,
  WalletBusy,
} from './errors.ts';
export type { FeeCaps } from './fees.ts';
export type { GasBudgetState } from './GasBudget.ts';
export { type JournalStore, journalSchema } from './journal.ts';
export { type KeySource, loadWallet } from './loadWallet.ts';
export type { ForeignUse } from './OwnNonces.ts';
export { PolicySigner, PolicyViolation, type TransactionPolicy } from './PolicySigner.ts';
export type { Call, Preflight } from './preflight.ts';
export { describeRevert, SimulationReverted, simulationError } from './revert.ts';
export { Sender } from './Sender.ts';
export type { SenderOptions } from './SenderOptions.ts';
export type { Mined, Sent, Unclaimed } from './Sent.ts';
export type { Tracked } from './Tracked.ts';
