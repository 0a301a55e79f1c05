import type { Endpoint } from './Endpoint.ts';
import { SecondBest } from './errors.ts';
import type { Stretch } from './parts.ts';
import { wordsOf } from './reply.ts';
import { EndpointFault } from './transport.ts';

/**
 * Records the methods that endpoints did not answer, in a call that another endpoint has answered.
 * @param failures the failures before that answer
 */
export function noteRefusals(
  endpoints: readonly Endpoint[],
  stretch: Stretch,
  failures: readonly unknown[],
): void {
  const now = performance.now();
  for (const failure of failures) {
    if (failure instanceof SecondBest && failure.trouble === undefined)
      noteUnsupported(failure, stretch, now);
    else noteFault(failure instanceof SecondBest ? failure.trouble : failure, endpoints, stretch, now);
  }
}

/**
 * Records the method that endpoints left unanswered until another endpoint had answered it: some endpoints
 * hang on a single method.
 * @param overdue the endpoints that were asked, and had not answered within their patience
 */
export function noteHanging(overdue: readonly Endpoint[], stretch: Stretch): void {
  const method = onlyMethod(stretch);
  if (method === undefined) return;
  for (const { refusals } of overdue) refusals.failed(method, 'did not answer in time', performance.now());
}

/** Returns the method of a request. For a request with several methods it is unknown which one is refused. */
function onlyMethod({ request, from }: Stretch): string | undefined {
  const methods = new Set(request(from, 1).map(({ method }) => method));
  return methods.size === 1 ? [...methods][0] : undefined;
}

/** Records a method when the endpoint received the request and answered no part of it. */
function noteFault(fault: unknown, endpoints: readonly Endpoint[], stretch: Stretch, now: number): void {
  if (!(fault instanceof EndpointFault) || !fault.mayBeSize || fault.kind === 'rate-limit') return;
  const method = onlyMethod(stretch);
  const endpoint = endpoints.find(({ label }) => label === fault.endpoint);
  if (method !== undefined) endpoint?.refusals.failed(method, fault.what, now);
}

function noteUnsupported({ endpoint, part, judgements }: SecondBest, stretch: Stretch, now: number): void {
  const calls = stretch.request(part.from, part.count);
  for (const [i, { grade, kind }] of judgements.entries()) {
    const [call, answer] = [calls[i], part.answers[i]];
    if (!call || !answer || !('error' in answer)) continue;
    if (grade === 'fault' || kind === 'unsupported')
      endpoint.refusals.failed(call.method, `answered with an error: ${wordsOf(answer.error)}`, now);
  }
}
