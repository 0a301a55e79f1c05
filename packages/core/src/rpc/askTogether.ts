import type { JsonRpcPayload } from 'ethers';
import type { Endpoint, Reply } from './Endpoint.ts';
import { EndpointFault } from './exchange.ts';

/** Sends one request. @param isSplittable whether a smaller request is made when this one fails */
type Ask = (payloads: JsonRpcPayload[], isSplittable: boolean) => Promise<Reply>;

interface TogetherOptions {
  endpoint: Endpoint;
  ask: Ask;
  isSplittable: boolean;
  /** Whether the calls are those of a single unit, so that no smaller request follows. */
  isSmallest: boolean;
  /** Whether the calls may be sent one by one. */
  mayBeApart: boolean;
}

/**
 * Sends calls in one request, or one by one to an endpoint that takes no batch of this size. Whether it takes
 * one is tried out when the request for a single unit fails.
 * @returns the answers; `wasBatch` when only the batch was refused
 * @throws what `ask` throws
 */
export async function askTogether(
  payloads: JsonRpcPayload[],
  { endpoint, ask, isSplittable, isSmallest, mayBeApart }: TogetherOptions,
): Promise<Reply & { wasBatch?: true }> {
  const { batch } = endpoint.requestLimits;
  const count = payloads.length;
  if (count === 1 || !mayBeApart) return ask(payloads, isSplittable);
  if (count > batch.size) {
    const reply = await askApart(payloads, ask);
    batch.answered(1);
    return reply;
  }
  try {
    const reply = await ask(payloads, isSplittable || batch.mayBeTooMuch(count));
    batch.answered(count);
    return reply;
  } catch (error) {
    const fault = error instanceof EndpointFault ? error : undefined;
    const mayBeBatch = isSmallest ? fault?.mayBeSize || fault?.isTimeout : false;
    const isSuspect = (mayBeBatch || (fault?.answered ?? 0) > 0) && batch.failed(count);
    const reply = isSuspect ? await askApart(payloads, ask).catch(() => undefined) : undefined;
    if (!reply) throw error;
    batch.refused(count, undefined, true);
    return { ...reply, wasBatch: true };
  }
}

/** Sends the calls one after the other: a header that is read last shows the block of the calls before it. */
async function askApart(payloads: readonly JsonRpcPayload[], ask: Ask): Promise<Reply> {
  const replies: Reply[] = [];
  for (const payload of payloads) replies.push(await ask([payload], false));
  const [first] = replies;
  const isShared = replies.every(({ kind }) => kind === first?.kind);
  return {
    answers: replies.flatMap(({ answers }) => answers),
    judgements: replies.flatMap(({ judgements }) => judgements),
    kind: isShared && first ? first.kind : 'result',
  };
}
