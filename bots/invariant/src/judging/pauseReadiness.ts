import type { Observation } from '@service-bots/core/alerts';
import { poolAbi } from '@service-bots/core/hyperdrive';
import type { Block, JsonRpcAnswer } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { balanceReport, describeRevert } from '@service-bots/core/wallet';
import { isHexString } from 'ethers';
import type { InvariantPool } from '../pools/InvariantPool.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'chain' | 'sender'>;

/** The gas of a pause, with a margin; measured on v1.0.20: 53,000. */
const pauseGas = 80_000n;

/**
 * Checks whether the wallet could pause the pools now, so that a missing permission or an empty wallet is
 * reported before a pause is needed. Sends one request. A value that the nodes do not return is not observed.
 */
export async function pauseReadiness(
  { provider, chain, sender }: Context,
  head: Block,
  pools: readonly InvariantPool[],
): Promise<Observation[]> {
  if (!sender) return [];
  const { address: from } = sender;
  const data = poolAbi.encodeFunctionData('pause', [true]);
  const at = { blockHash: head.hash };
  const [balance, ...pauses] = await provider.sendBatch([
    { method: 'eth_getBalance', params: [from, at] },
    ...pools.map(({ address: to }) => ({ method: 'eth_call', params: [{ from, to, data }, at] })),
  ]);
  const wallet = { chain, head, actionGas: pauseGas, l1FeeWei: sender.l1FeeWei, wantedActions: pools.length };
  return [
    ...(balance && 'result' in balance
      ? [balanceReport({ ...wallet, balanceWei: BigInt(balance.result) }).observation]
      : []),
    ...pools.flatMap(({ address: pool, name }, i): Observation[] => {
      const about = { check: 'cannot-pause', pool };
      const why = refusalOf(pauses[i]);
      if (why === undefined) return [];
      if (why === 'none') return [{ ...about, failing: false }];
      const message = `the wallet ${from} cannot pause ${name}: ${why}; make it a pauser`;
      return [{ ...about, failing: true, message, cause: `wallet ${from}` }];
    }),
  ];
}

/**
 * Returns the contract's reason for a refusal, `none` without one, undefined when the node does not answer.
 */
function refusalOf(answer: JsonRpcAnswer | undefined): string | undefined {
  if (!answer) return undefined;
  if ('result' in answer) return 'none';
  const { code, message, data } = answer.error;
  if (code !== 3 && !isHexString(data) && !/revert/i.test(message ?? '')) return undefined;
  return describeRevert(isHexString(data) ? data : undefined, poolAbi).text;
}
