import { type Anvil, startAnvil, type VirtualClock } from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import { Miner } from './Miner.ts';

export interface ChainOptions {
  readonly name: string;
  readonly chainId: number;
  readonly blockSeconds: number;
  /** Number of the first block. */
  readonly firstBlock?: number;
  readonly baseFeeWei: () => bigint;
}

/** A chain of the campaign. */
export interface Chain {
  readonly name: string;
  readonly chainId: number;
  readonly blockSeconds: number;
  /**
   * The node. Its `evm_mine` waits for the miner's next block, so that people who trade do not mine blocks of
   * their own. They pay any base fee of the miner: anvil would offer the fee that follows from an empty block.
   */
  readonly anvil: Anvil;
  readonly miner: Miner;
  close(): Promise<void>;
}

/** The number of states that anvil keeps, in memory and on disk: the checker reads all blocks of a run. */
const statesKept = 200_000;

/** Above the base fee of every spike, so that people and operators act through them too. */
const peoplesFees = {
  maxFeePerGas: toQuantity(50_000n * 10n ** 9n),
  maxPriorityFeePerGas: toQuantity(10n ** 9n),
};

/** The bots look some blocks back, and up to an hour: the chain is older than they are. */
const pastSeconds = 4_200;
const pastIntervalSeconds = 12;

/** Mines the blocks from the deployment until now. */
export async function minePast({ anvil }: Chain, clock: VirtualClock): Promise<void> {
  const { timestamp } = await anvil.time.latest();
  const missing = Math.floor(clock.nowMs() / 1_000) - timestamp;
  await anvil.time.mine(Math.floor(missing / pastIntervalSeconds), pastIntervalSeconds);
}

export async function openChain(
  options: ChainOptions,
  clock: VirtualClock,
  onBlock: () => () => void,
): Promise<Chain> {
  const { name, chainId, blockSeconds, firstBlock, baseFeeWei } = options;
  const node = await startAnvil({
    chainId,
    timestamp: Math.floor(clock.nowMs() / 1_000) - pastSeconds,
    extraArgs: [
      '--max-persisted-states',
      `${statesKept}`,
      ...(firstBlock === undefined ? [] : ['--number', `${firstBlock}`]),
    ],
  });
  const miner = new Miner({ anvil: node, clock, blockSeconds, baseFeeWei, onBlock });
  const send: Anvil['send'] = async (method, params) => {
    if (method === 'evm_mine' && miner.isMining) return miner.nextBlock();
    if (method === 'eth_sendTransaction' && miner.isMining)
      return node.send(method, [{ ...peoplesFees, ...(params?.[0] as object) }]);
    return node.send(method, params);
  };
  return {
    name,
    chainId,
    blockSeconds,
    anvil: { ...node, send },
    miner,
    async close() {
      await miner.stop();
      await node.stop();
    },
  };
}
