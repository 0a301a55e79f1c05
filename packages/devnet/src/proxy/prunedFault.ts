import { stateBlockOf } from './blockView.ts';
import { type Exchange, type Fault, fault } from './fault.ts';

/**
 * Simulates a pruned node: it has every block, and the state of none before `oldest`. It refuses in these
 * words, geth's unless given.
 */
export function pruned(
  oldest: number,
  message = 'missing trie node 5b5ed6 (path ) state 0x5b5ed6 is not available',
): Fault {
  return fault(`pruned(${oldest})`, exchange =>
    exchange.answerCalls(async call => {
      const number = await numberOf(stateBlockOf(call), exchange.ask);
      return number !== undefined && number < oldest ? { error: { code: -32000, message } } : undefined;
    }),
  );
}

async function numberOf(block: unknown, ask: Exchange['ask']): Promise<number | undefined> {
  if (typeof block === 'string') return /^0x/.test(block) ? Number(block) : undefined;
  if (typeof block !== 'object' || block === null) return undefined;
  const { blockHash, blockNumber } = block as { blockHash?: string; blockNumber?: string };
  if (blockHash === undefined) return blockNumber === undefined ? undefined : Number(blockNumber);
  const found = await ask('eth_getBlockByHash', [blockHash, false]);
  const number = 'result' in found ? (found.result as { number?: string } | null)?.number : undefined;
  return number === undefined ? undefined : Number(number);
}
