import type { Chain } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import type { RpcClient } from '../rpc/index.ts';
import { optionalMs, parseBaseFees } from './feeMarket.ts';

const historyBlocks = 100;
const rememberMs = 600_000;
const rereadMs = 1_000;

interface Reading {
  atMs: number;
  baseFeeWei: bigint;
}

/**
 * Reads the usual base fee of the chain: the base fee that a quarter of the last hundred blocks did not
 * exceed. The lowest such reading of the last ten minutes counts, so that a lasting rise does not become
 * usual while a call waits for its end.
 */
export class UsualPrice {
  readonly #client: RpcClient;
  readonly #nowMs: () => number;
  #readings: Reading[] = [];
  #reading: Promise<void> | undefined;

  /** @param nowMs the monotonic clock */
  constructor(client: RpcClient, nowMs: () => number) {
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /**
   * Returns the usual base fee in wei; undefined where nodes return no figures. Takes 1.5 s at most, and
   * never rejects.
   */
  async baseFeeWei(): Promise<bigint | undefined> {
    const last = this.#readings.at(-1);
    if (!last || this.#nowMs() - last.atMs >= rereadMs) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#readings.map(({ baseFeeWei }) => baseFeeWei).toSorted(ascending)[0];
  }

  async #read(): Promise<void> {
    const asking = this.#client.send('eth_feeHistory', [`0x${historyBlocks.toString(16)}`, 'latest', []]);
    const history = await withDeadline(asking, optionalMs, () => new Error('late')).catch(() => undefined);
    const fees = parseBaseFees(history).toSorted(ascending);
    const atMs = this.#nowMs();
    this.#readings = this.#readings.filter(reading => atMs - reading.atMs < rememberMs);
    const baseFeeWei = fees[Math.floor(fees.length / 4)];
    if (baseFeeWei !== undefined) this.#readings.push({ atMs, baseFeeWei });
  }
}

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : 1);

/** A call waits, while it has time, when the price is above this multiple of the usual one. */
const farAbove = 5n;

interface PriceNow {
  /** The base fee of the newest block. */
  baseFeeWei: bigint;
  /** Undefined when unknown; the call then does not wait. */
  usualBaseFeeWei: bigint | undefined;
  /** How long the call may wait, in ms. */
  patienceMs: number;
  chain: Pick<Chain, 'defaultTipWei'>;
}

/**
 * Returns whether a call waits for a lower price. The base fee alone decides, since it is part of the block.
 * A tip is one node's suggestion, and a node that suggests too much must not delay a draw. Where gas costs
 * next to nothing, a multiple of the usual price is still little, so the chain's default tip is added to the
 * usual price.
 */
export function isWaitedOut({ baseFeeWei, usualBaseFeeWei, patienceMs, chain }: PriceNow): boolean {
  if (usualBaseFeeWei === undefined || !(patienceMs > 0)) return false;
  return baseFeeWei > (usualBaseFeeWei + chain.defaultTipWei) * farAbove;
}
