import { Budget } from './Budget.ts';

/**
 * The limits of an endpoint, as far as the operator configured them; the others are learned from its
 * refusals.
 */
export interface Allowance {
  requestsPerSecond?: number | undefined;
  /** Contract reads in one request. */
  batchSize?: number | undefined;
  /** Blocks in one log request. */
  logRange?: number | undefined;
}

/** The sizes that one request to an endpoint may have. */
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
/** geth refuses more than 1,000 calls; gateways often refuse more than half of that. */
const usualBatch = 500;
const usualLogRange = 10_000;

/**
 * Returns the budgets of a new endpoint.
 * @param allowance the endpoint's limits, as the operator configured them
 */
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
