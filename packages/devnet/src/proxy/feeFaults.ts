import { type Fault, fault } from './fault.ts';

/** Answers `eth_maxPriorityFeePerGas` with this value of any kind: too much, zero, null, text. */
export function suggestsTip(tip: unknown): Fault {
  return fault(`suggests-tip(${JSON.stringify(tip)})`, exchange =>
    exchange.answerCalls(({ method }) =>
      method === 'eth_maxPriorityFeePerGas' ? { result: tip } : undefined,
    ),
  );
}

/** Simulates a node that does not return the fees of recent blocks. */
export const noFeeHistory: Fault = fault('no-fee-history', exchange =>
  exchange.answerCalls(({ method }) =>
    method === 'eth_feeHistory'
      ? { error: { code: -32601, message: 'the method eth_feeHistory does not exist/is not available' } }
      : undefined,
  ),
);

/** Simulates a node that estimates at a block's number and not at its hash. */
export const noEstimateAtHash: Fault = fault('no-estimate-at-hash', exchange =>
  exchange.answerCalls(({ method, params }) => {
    const place = (params as readonly unknown[] | undefined)?.[1];
    return method === 'eth_estimateGas' && typeof place === 'object'
      ? { error: { code: -32602, message: 'invalid argument 1: cannot unmarshal object into block number' } }
      : undefined;
  }),
);
