import { AbiCoder, concat, dataLength, Interface, isHexString, toBeHex } from 'ethers';
import type { Chain } from '../chains/index.ts';
import type { RpcClient } from '../rpc/index.ts';

const oracleAbi = new Interface([
  'function getL1FeeUpperBound(uint256 unsignedTxSize) view returns (uint256)',
  'function getL1Fee(bytes data) view returns (uint256)',
]);

/** Bytes of a transaction of type 2 beside its call data, with all its numbers at their full length. */
const envelopeBytes = 120;
/** A selector and two words. */
const usualDataBytes = 68;
/** A figure is valid for this time: the first layer's base fee moves by an eighth in 12 s. */
const freshMs = 60_000;
/** A figure is read again after this time, even if no transaction needs it. */
const staleMs = 600_000;
/** A figure that has risen by more than this factor is compared with those of the other endpoints. */
const mostRise = 10n;
/** The margin for a rise of the first layer's base fee before the transaction is mined. */
const marginPercent = 125n;

interface L1FeeOptions {
  /** The monotonic clock. */
  nowMs(): number;
  /** Returns the endpoints to ask about a figure that is far above the last one. @default none */
  others?(): readonly RpcClient[];
}

/**
 * Estimates the fee that a rollup of the OP stack charges for the first layer, beside the gas. It depends on
 * the size of the transaction alone. On any other chain it is zero.
 */
export class L1Fee {
  readonly #client: RpcClient;
  readonly #oracle: string | undefined;
  readonly #monotonicMs: () => number;
  readonly #others: () => readonly RpcClient[];
  readonly #known = new Map<number, { wei: bigint; atMs: number }>();
  /** When an endpoint reported that there is no oracle. */
  #absentAtMs = Number.NEGATIVE_INFINITY;
  #isRefreshing = false;

  constructor(
    client: RpcClient,
    { l1FeeOracle }: Pick<Chain, 'l1FeeOracle'>,
    { nowMs, others = () => [] }: L1FeeOptions,
  ) {
    this.#client = client;
    this.#oracle = l1FeeOracle;
    this.#monotonicMs = nowMs;
    this.#others = others;
  }

  /**
   * The last figure that was read for any transaction, or zero. An old figure is read again in the
   * background, for the next read of this property.
   */
  get lastWei(): bigint {
    const last = [...this.#known].at(-1);
    const [size = usualDataBytes + envelopeBytes, figure] = last ?? [];
    const ageMs = figure ? this.#monotonicMs() - figure.atMs : Number.POSITIVE_INFINITY;
    if (ageMs > staleMs && !this.#isRefreshing) {
      this.#isRefreshing = true;
      void this.#estimateSize(size).finally(() => {
        this.#isRefreshing = false;
      });
    }
    return figure?.wei ?? 0n;
  }

  /**
   * Returns the highest first-layer cost of a call, in wei: a quarter above the oracle's present figure.
   * Never rejects. Where the oracle does not answer, the last figure is used, since a figure that cannot be
   * read must not keep a call from being sent.
   * @param data the call data
   */
  async estimateWei(data: string): Promise<bigint> {
    return this.#estimateSize(dataLength(data) + envelopeBytes);
  }

  async #estimateSize(size: number): Promise<bigint> {
    const oracle = this.#oracle;
    if (oracle === undefined || this.#monotonicMs() - this.#absentAtMs < staleMs) return 0n;
    const known = this.#known.get(size);
    if (known && this.#monotonicMs() - known.atMs < freshMs) return known.wei;
    const last = known?.wei ?? [...this.#known.values()].at(-1)?.wei ?? 0n;
    const read = await readL1Fee(this.#client, oracle, size);
    if (read === 'absent' && this.#known.size === 0) this.#absentAtMs = this.#monotonicMs();
    if (typeof read !== 'bigint') return last;
    const wei = await this.#settled((read * marginPercent) / 100n, { last, oracle, size });
    // The newest figure is the last of the map.
    this.#known.delete(size);
    this.#known.set(size, { wei, atMs: this.#monotonicMs() });
    return wei;
  }

  /**
   * Returns the lowest figure of the endpoints: a single endpoint's figure that is far too high would report
   * the wallet as empty for minutes.
   */
  async #settled(
    wei: bigint,
    { last, oracle, size }: { last: bigint; oracle: string; size: number },
  ): Promise<bigint> {
    const others = wei > last * mostRise ? this.#others() : [];
    if (others.length < 2) return wei;
    const told = await Promise.all(others.map(client => readL1Fee(client, oracle, size)));
    const figures = told.filter(each => typeof each === 'bigint').map(each => (each * marginPercent) / 100n);
    return figures.reduce((a, b) => min(a, b), wei);
  }
}

/**
 * Reads the fee. Since Fjord the oracle has an upper bound by size; before it, the fee of given bytes.
 * @returns `absent` where no contract answers at this address, undefined where the endpoint does not answer
 */
async function readL1Fee(
  client: RpcClient,
  to: string,
  size: number,
): Promise<bigint | 'absent' | undefined> {
  const calls = [
    () => oracleAbi.encodeFunctionData('getL1FeeUpperBound', [size]),
    () => oracleAbi.encodeFunctionData('getL1Fee', [incompressible(size)]),
  ];
  for (const encode of calls) {
    try {
      const result: unknown = await client.send('eth_call', [{ to, data: encode() }, 'latest']);
      // An empty answer means that there is no contract at this address.
      if (result === '0x') return 'absent';
      if (isHexString(result, 32)) return AbiCoder.defaultAbiCoder().decode(['uint256'], result)[0];
    } catch {
      // The function reverts before the upgrade that brought it, or no node answers: the other function may
      // work.
    }
  }
  return undefined;
}

/** Returns bytes without a zero, each different from its neighbours, like the most expensive data. */
function incompressible(size: number): string {
  return concat(Array.from({ length: size }, (_, i) => toBeHex(((i * 167) % 255) + 1, 1)));
}

/** Returns the first-layer fee of a receipt, in wei; zero where there is none. */
export function l1FeeOf(receipt: { l1Fee?: unknown }): bigint {
  const { l1Fee } = receipt;
  return typeof l1Fee === 'string' && /^0x[0-9a-f]{1,32}$/i.test(l1Fee) ? BigInt(l1Fee) : 0n;
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
