import {
  empty,
  garbage,
  halfJson,
  html,
  http,
  http500,
  rateLimit,
  rateLimitRetryAfter,
  rpc32005,
  rpc32007,
  rpc32603,
  rpcError,
  truncated,
} from './answerFaults.ts';
import { allOf, ok } from './fault.ts';
import { noEstimateAtHash, noFeeHistory, suggestsTip } from './feeFaults.ts';
import { lateLogs, lateState, lyingHead, tellsHead } from './headFaults.ts';
import {
  batchLimit,
  logRangeLimit,
  logResultLimit,
  noLogsBeyondHead,
  refusesLarge,
  responseLimit,
} from './limitFaults.ts';
import { frozen, stale, unknownTransaction, wrongChain } from './nodeFaults.ts';
import { pruned } from './prunedFault.ts';
import { lateReceipts, misplacedReceipts } from './receiptFaults.ts';
import { changedResult, httpWithError, oddBlocks, oddReceipts, oddResult } from './shapeFaults.ts';
import { flapping, flappingByCount, random, randomOf, schedule } from './timedFaults.ts';
import { hang, refuse, reset, slow } from './transportFaults.ts';
import {
  alreadyKnown,
  answersTransactions,
  lostReplies,
  refusesInWords,
  refusesTransactions,
  swallowsTransactions,
} from './writeFaults.ts';

/** All faults: constants, and functions that create one. Each is described at its definition. */
export const faults = {
  ok,
  // The connection.
  hang,
  slow,
  refuse,
  reset,
  // The answer.
  http,
  http500,
  rateLimit,
  rateLimitRetryAfter,
  rpcError,
  rpc32005,
  rpc32007,
  rpc32603,
  garbage,
  html,
  empty,
  truncated,
  halfJson,
  httpWithError,
  changedResult,
  oddResult,
  oddReceipts,
  oddBlocks,
  // The node.
  wrongChain,
  stale,
  frozen,
  unknownTransaction,
  pruned,
  // Its newest block.
  lyingHead,
  tellsHead,
  lateState,
  lateLogs,
  // Transactions.
  lostReplies,
  refusesTransactions,
  alreadyKnown,
  swallowsTransactions,
  refusesInWords,
  answersTransactions,
  // Receipts and fees.
  lateReceipts,
  misplacedReceipts,
  suggestsTip,
  noFeeHistory,
  noEstimateAtHash,
  // A provider's limits.
  logRangeLimit,
  logResultLimit,
  batchLimit,
  responseLimit,
  refusesLarge,
  noLogsBeyondHead,
  // Faults in time.
  flapping,
  flappingByCount,
  random,
  randomOf,
  schedule,
  // Several at once.
  allOf,
} as const;
