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
import { ok } from './fault.ts';
import { batchLimit, logRangeLimit, logResultLimit, responseLimit } from './limitFaults.ts';
import { frozen, stale, unknownTransaction, wrongChain } from './nodeFaults.ts';
import { flapping, flappingByCount, random, randomOf, schedule } from './timedFaults.ts';
import { hang, refuse, reset, slow } from './transportFaults.ts';
import { alreadyKnown, lostReplies, refusesTransactions, swallowsTransactions } from './writeFaults.ts';

/** Every way to misbehave: constants, and functions that make one. Each is described where it is written. */
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
  // The node.
  wrongChain,
  stale,
  frozen,
  unknownTransaction,
  // Transactions.
  lostReplies,
  refusesTransactions,
  alreadyKnown,
  swallowsTransactions,
  // A provider's limits.
  logRangeLimit,
  logResultLimit,
  batchLimit,
  responseLimit,
  // Faults in time.
  flapping,
  flappingByCount,
  random,
  randomOf,
  schedule,
} as const;
