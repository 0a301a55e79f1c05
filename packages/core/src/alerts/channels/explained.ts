import { DeliveryFailed } from '../deliveryFailed.ts';

/** A delivery that failed, in the service's own words where it had any. */
export function explained(
  error: unknown,
  said: string | undefined,
  retryAfterMs?: number | undefined,
): unknown {
  if (!(error instanceof DeliveryFailed) || (said === undefined && retryAfterMs === undefined)) return error;
  return new DeliveryFailed(said === undefined ? error.message : `${error.message}: ${said}`, {
    permanent: error.permanent,
    retryAfterMs: retryAfterMs ?? error.retryAfterMs,
    status: error.status,
    answer: error.answer,
  });
}

/** The JSON object that the service answered with; empty when it was none. */
export function answerOf(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof DeliveryFailed) || error.answer === undefined) return {};
  try {
    const said: unknown = JSON.parse(error.answer);
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
