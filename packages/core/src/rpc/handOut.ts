import type { JsonRpcPayload } from 'ethers';
import type { Endpoint } from './Endpoint.ts';
import type { JsonRpcAnswer } from './transport.ts';
import { saysAlreadyKnown } from './wordings.ts';

/** What became of handing a transaction to several endpoints. */
export interface HandedOut {
  /** One of them has it. */
  taken: boolean;
  /** What those said that refused it. */
  refusals: JsonRpcAnswer[];
  /** Of these nobody knows: no reply, or none that settles anything. */
  lost: unknown[];
}

/**
 * Hands signed bytes to all endpoints side by side; over as soon as one has taken them. The others go on in the
 * background, so that the transaction is spread.
 */
export function handOut(
  endpoints: readonly Endpoint[],
  hash: string,
  payload: JsonRpcPayload,
  ask: (endpoint: Endpoint, payload: JsonRpcPayload) => Promise<JsonRpcAnswer>,
): Promise<HandedOut> {
  const refusals: JsonRpcAnswer[] = [];
  const lost: unknown[] = [];
  return new Promise(resolve => {
    const attempts = endpoints.map(async endpoint => {
      try {
        const answer = await ask(endpoint, payload);
        const isTaken =
          'result' in answer ? answer.result === hash : saysAlreadyKnown.test(answer.error.message ?? '');
        if (isTaken) resolve({ taken: true, refusals, lost });
        else refusals.push(answer);
      } catch (error) {
        lost.push(error);
      }
    });
    void Promise.all(attempts).then(() => resolve({ taken: false, refusals, lost }));
  });
}
