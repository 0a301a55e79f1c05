import { toQuantity } from 'ethers';

/** Sends one JSON-RPC call to anvil. */
export type Send = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** The head of the chain. */
export interface BlockHead {
  readonly number: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly hash: string;
}

/**
 * The chain's clock and miner: when blocks are mined, and their timestamps.
 *
 * Anvil 1.7.1, as measured: a block is stamped with this machine's clock, cut to the second, plus an offset
 * of whole seconds. `evm_increaseTime` adds to the offset and returns the whole offset. A block made by
 * `evm_setNextBlockTimestamp` or after `anvil_setTime` fixes it anew. Time then runs on at 1×, whether the
 * chain mines by itself or not. `anvil_mine` lets no time pass: many blocks share a second, as on a chain
 * with blocks of 0.4 s.
 */
export interface ChainTime {
  /** The newest mined block. */
  latest(): Promise<BlockHead>;
  /** Mines `blocks` blocks (default 1), `intervalSeconds` apart when given. Resolves to the new head. */
  mine(blocks?: number, intervalSeconds?: number): Promise<BlockHead>;
  /** Lets `seconds` pass and mines a block. The clock also runs by itself, so at least this time passes. */
  increase(seconds: number): Promise<BlockHead>;
  /**
   * Mines a block stamped exactly `timestamp` (unix seconds).
   * @throws Error (from anvil) when it is not after the newest block.
   */
  moveTo(timestamp: number): Promise<BlockHead>;
  /**
   * Returns how many whole seconds the clock that stamps blocks is ahead of this machine's clock; a negative
   * number when it is behind.
   */
  aheadSeconds(): Promise<number>;
  /** Moves that clock forward without mining: the next block is stamped by it. Resolves to `aheadSeconds`. */
  putForward(seconds: number): Promise<number>;
  /** Sets the base fee of the next block only; later ones follow EIP-1559 from it. */
  setNextBaseFee(baseFeeWei: bigint): Promise<void>;
  /** Whether every transaction is mined at once. */
  automine(): Promise<boolean>;
  /** Mines every transaction at once (true), or leaves them pending until `mine` (false). */
  setAutomine(enabled: boolean): Promise<void>;
  /**
   * Mines a block every `seconds`; 0 stops that and leaves transactions pending.
   * Whole seconds only: anvil takes a fraction as a start option (`blockTime`), not over RPC.
   * @throws RangeError for a fraction or a negative number.
   */
  setIntervalMining(seconds: number): Promise<void>;
}

export function chainTime(send: Send): ChainTime {
  async function latest(): Promise<BlockHead> {
    const block = (await send('eth_getBlockByNumber', ['latest', false])) as {
      number: string;
      timestamp: string;
      hash: string;
    };
    return { number: Number(block.number), timestamp: Number(block.timestamp), hash: block.hash };
  }
  /** Anvil returns its whole offset. */
  async function putForward(seconds: number): Promise<number> {
    return Number(await send('evm_increaseTime', [toQuantity(seconds)]));
  }
  return {
    latest,
    async mine(blocks = 1, intervalSeconds) {
      const params = [toQuantity(blocks)];
      if (intervalSeconds !== undefined) params.push(toQuantity(intervalSeconds));
      await send('anvil_mine', params);
      return latest();
    },
    async increase(seconds) {
      await putForward(seconds);
      await send('evm_mine');
      return latest();
    },
    async moveTo(timestamp) {
      await send('evm_setNextBlockTimestamp', [toQuantity(timestamp)]);
      await send('evm_mine');
      return latest();
    },
    aheadSeconds: () => putForward(0),
    putForward,
    async setNextBaseFee(baseFeeWei) {
      await send('anvil_setNextBlockBaseFeePerGas', [toQuantity(baseFeeWei)]);
    },
    async automine() {
      return (await send('anvil_getAutomine')) === true;
    },
    async setAutomine(enabled) {
      await send('evm_setAutomine', [enabled]);
    },
    async setIntervalMining(seconds) {
      if (!Number.isInteger(seconds) || seconds < 0) {
        throw new RangeError(`interval mining takes whole seconds from 0, not ${seconds}`);
      }
      await send('evm_setIntervalMining', [seconds]);
    },
  };
}
