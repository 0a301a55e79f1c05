import { BotError } from '../errors/index.ts';
import type { Part } from './parts.ts';
import { EndpointFault } from './transport.ts';

/** Every endpoint failed to answer, again and again until the time was up. */
export class AllEndpointsFailed extends BotError {
  readonly faults: readonly unknown[];

  constructor(faults: readonly unknown[], what = 'no RPC endpoint answered') {
    const each = new Set(faults.map(fault => (fault instanceof Error ? fault.message : String(fault))));
    super([what, [...each].join('; ')].filter(Boolean).join(': '), { cause: faults[0] });
    this.faults = faults;
  }
}

/** Every endpoint limits our requests; this is not a revert, whatever the call was. */
export class RateLimited extends AllEndpointsFailed {
  constructor(faults: readonly unknown[]) {
    super(faults, 'every RPC endpoint limits our requests');
  }
}

/**
 * A transaction was handed out and nobody said what became of it. Its nonce must not be used for anything else until
 * the chain has answered.
 */
export class BroadcastOutcomeUnknown extends BotError {
  readonly hash: string;

  constructor(hash: string, faults: readonly unknown[]) {
    super(`it is not known whether any endpoint took transaction ${hash}`, { cause: faults[0] });
    this.hash = hash;
  }
}

/** The process is stopping, or the provider was destroyed. */
export class ProviderStopped extends AllEndpointsFailed {
  constructor() {
    // What the aborted requests say would only mislead.
    super([], 'no RPC endpoint answered: the process is stopping');
  }
}

/** An answer that another endpoint may improve on; it counts when none does. */
export class SecondBest extends Error {
  readonly part: Part;
  /** Why there is no better one, when the endpoint's own trouble is the reason. */
  readonly trouble: EndpointFault | undefined;

  constructor(part: Part, trouble?: EndpointFault) {
    super(trouble?.message ?? 'another endpoint may know more');
    this.part = part;
    this.trouble = trouble;
  }
}

/** What to throw when nobody answered in time. */
export function failureOf(failures: readonly unknown[]): Error {
  const isLimit = (failure: unknown) => failure instanceof EndpointFault && failure.kind === 'rate-limit';
  return failures.length > 0 && failures.every(isLimit)
    ? new RateLimited(failures)
    : new AllEndpointsFailed(failures);
}
