import { Budget } from './Budget.ts';

/** How much an endpoint takes, as far as it is known; the rest is learned from what it refuses. */
export interface Allowance {
  requestsPerSecond?: number | undefined;
  /** Contract reads in one request. */
  batchSize?: number | undefined;
  /** Blocks in one log request. */
  logRange?: number | undefined;
}

/** How much one request to an endpoint may ask for. */
export interface EndpointBudgets {
  /** Contract reads in one call of Multicall3. */
  multicall: Budget;
  /** Calls in one JSON-RPC batch. */
  batch: Budget;
  /** Blocks in one log request. */
  logRange: Budget;
}

/** Well under the 50 million gas and the 2 MB answers that public endpoints allow. */
const usualMulticall = 2_500;
/** geth refuses more than 1,000, gateways often half of that. */
const usualBatch = 500;
const usualLogRange = 10_000;

/** @param allowance what the operator says that the endpoint takes */
export function budgetsFor({
  batchSize = usualMulticall,
  logRange = usualLogRange,
}: Allowance = {}): EndpointBudgets {
  return {
    multicall: new Budget(batchSize),
    batch: new Budget(Math.min(batchSize, usualBatch)),
    logRange: new Budget(logRange),
  };
}
