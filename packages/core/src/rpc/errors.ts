import type { JsonRpcError } from 'ethers';
import { BotError } from '../errors/index.ts';
import { EndpointFault } from './exchange.ts';

/** Thrown when no endpoint gave a usable answer before the time was up. */
export class AllEndpointsFailed extends BotError {
  readonly faults: readonly unknown[];
  /** The JSON-RPC error of the first endpoint that answered with one; undefined when none answered at all. */
  readonly error: JsonRpcError['error'] | undefined;

  constructor(faults: readonly unknown[], what?: string) {
    const each = new Set(faults.map(fault => (fault instanceof Error ? fault.message : String(fault))));
    const error = faults.map(errorIn).find(found => found !== undefined);
    const summary = what ?? (error ? 'no RPC endpoint gave a usable answer' : 'no RPC endpoint answered');
    super([summary, [...each].join('; ')].filter(Boolean).join(': '), { cause: faults[0] });
    this.faults = faults;
    this.error = error;
  }
}

function errorIn(fault: unknown): JsonRpcError['error'] | undefined {
  const answers = fault instanceof EndpointFault && fault.kind !== 'rate-limit' ? (fault.said ?? []) : [];
  return answers.flatMap(answer => ('error' in answer ? [answer.error] : []))[0];
}

/** Thrown when every endpoint limits our requests. It must never be taken for a revert. */
export class RateLimited extends AllEndpointsFailed {
  constructor(faults: readonly unknown[]) {
    super(faults, 'every RPC endpoint limits our requests');
  }
}

/**
 * Thrown when a transaction was broadcast and no endpoint reported its outcome. Its nonce must not be used
 * for another transaction until the chain has answered.
 */
export class BroadcastOutcomeUnknown extends BotError {
  readonly hash: string;

  constructor(hash: string, faults: readonly unknown[]) {
    super(`it is not known whether any endpoint took transaction ${hash}`, { cause: faults[0] });
    this.hash = hash;
  }
}

/** Thrown when the process is stopping, or the provider was destroyed. */
export class ProviderStopped extends AllEndpointsFailed {
  constructor() {
    // The errors of the aborted requests would only mislead.
    super([], 'no RPC endpoint answered: the process is stopping');
  }
}

/** Thrown when the endpoint does not have the block yet that a request reads at. */
export class BeyondHead extends EndpointFault {
  readonly block: number;

  constructor(endpoint: string, block: number) {
    super(endpoint, 'soft', { what: `does not have block ${block} yet` });
    this.block = block;
  }
}

/** Returns the error to throw when no endpoint answered in time. */
export function failureOf(failures: readonly unknown[]): Error {
  const isLimit = (failure: unknown) => failure instanceof EndpointFault && failure.kind === 'rate-limit';
  return failures.length > 0 && failures.every(isLimit)
    ? new RateLimited(failures)
    : new AllEndpointsFailed(failures);
}
