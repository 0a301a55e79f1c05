import type { Chain } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import { clientsInUse, type FailoverProvider, type RpcClient, readHead } from '../rpc/index.ts';
import type { FeeMarket } from './fees.ts';

/** The nodes' valid readings of fees; each may be missing. */
export interface FeeReadings {
  /** The base fee of the head. */
  baseFeeWei: bigint | undefined;
  suggestedTipWei: bigint | undefined;
  gasPriceWei: bigint | undefined;
  /** Base fee of the next block, from the fee history. */
  nextBaseFeeWei: bigint | undefined;
  /** The tips paid in recent blocks, one for each block that held a transaction with a tip. */
  paidTipsWei: readonly bigint[] | undefined;
}

/** A suggested tip may be this multiple of the highest median that a recent block paid. */
const mostOverPaid = 3n;
/**
 * If recent blocks paid less, are empty, or could not be read, it may be this multiple of the chain's default
 * tip.
 */
const mostOverDefault = 10n;
const historyBlocks = 10;
/** The longest wait for optional readings. */
export const optionalMs = 1_500;

/**
 * Returns the price of gas, with each reading checked against the others and the chain's own figures.
 * - Tip: the suggestion, at most three times the tips of recent blocks or ten times the default, the larger
 *   of the two, and never above the chain's cap. The default counts where a node suggests none, zero, or an
 *   invalid amount. Without a timely history the limit is not raised: a transaction that waits is replaced
 *   with a higher tip in any case.
 * - Base fee: the head's; where a head has none, the history's, then the gas price without the tip, then
 *   the default.
 */
export function judgeFeeMarket(readings: FeeReadings, chain: Chain): FeeMarket {
  const tipWei = judgeTip(readings, chain);
  const { baseFeeWei, nextBaseFeeWei, gasPriceWei } = readings;
  if (baseFeeWei !== undefined) return { baseFeeWei, tipWei };
  if (nextBaseFeeWei !== undefined && nextBaseFeeWei > 0n) return { baseFeeWei: nextBaseFeeWei, tipWei };
  if (gasPriceWei !== undefined && gasPriceWei > tipWei)
    return { baseFeeWei: min(gasPriceWei - tipWei, chain.maxFeeWei / 2n), tipWei };
  return { baseFeeWei: chain.defaultBaseFeeWei, tipWei };
}

function judgeTip({ suggestedTipWei, paidTipsWei }: FeeReadings, chain: Chain): bigint {
  const paid = (paidTipsWei ?? []).filter(tip => tip > 0n).toSorted((a, b) => (a < b ? -1 : 1));
  const median = paid[Math.floor(paid.length / 2)] ?? 0n;
  if (suggestedTipWei === undefined || suggestedTipWei === 0n)
    return min(chain.defaultTipWei, chain.maxTipWei);
  const highest = paid.at(-1) ?? 0n;
  const most = min(max(highest * mostOverPaid, chain.defaultTipWei * mostOverDefault), chain.maxTipWei);
  // A suggestion of almost zero, while recent blocks pay tips, would leave the transaction waiting.
  const least = min(median, chain.defaultTipWei);
  return min(max(suggestedTipWei, least), most);
}

/**
 * A block's base fee differs from the previous block's by an eighth at most; the two readings may be some
 * blocks apart.
 */
const mostApart = 2n;
const negligibleWei = 1_000n;

/** Returns whether the base fees of the head and of the fee history cannot both be true. */
function isContradictory({
  baseFeeWei,
  nextBaseFeeWei,
}: Pick<FeeReadings, 'baseFeeWei' | 'nextBaseFeeWei'>): boolean {
  if (baseFeeWei === undefined || nextBaseFeeWei === undefined || nextBaseFeeWei === 0n) return false;
  const [lower, higher] = [min(baseFeeWei, nextBaseFeeWei), max(baseFeeWei, nextBaseFeeWei)];
  return higher > lower * mostApart + negligibleWei;
}

/**
 * Reads the price of gas. An endpoint that contradicts itself is not believed while another one in use does
 * not: a base fee far too low would leave a transaction waiting.
 */
export async function readFeeMarket(provider: FailoverProvider, chain: Chain): Promise<FeeMarket> {
  const readings = await readFees(provider);
  const asked = isContradictory(readings) ? clientsInUse(provider) : [];
  if (asked.length < 2) return judgeFeeMarket(readings, chain);
  const others = asked.map(async ({ client }) => {
    const other = await readFees(client);
    if (isContradictory(other)) throw new Error('contradicts itself');
    return other;
  });
  const believed = await withDeadline(Promise.any(others), optionalMs, () => new Error('late')).catch(
    () => readings,
  );
  return judgeFeeMarket(believed, chain);
}

/**
 * Reads the highest base fee that an endpoint in use reports without contradicting itself, for a transaction
 * that was refused or left waiting at the price of one endpoint. A report that is too low would keep it
 * waiting at every price that follows from it. A report that is too high costs nothing, since a block charges
 * its own base fee and no more.
 * @returns undefined when no endpoint reports one in time, or when there is only one endpoint
 */
export async function readHighestBaseFeeWei(provider: FailoverProvider): Promise<bigint | undefined> {
  const asked = clientsInUse(provider);
  if (asked.length < 2) return undefined;
  const readings = await Promise.all(
    asked.map(({ client }) =>
      withDeadline(readBaseFees(client), optionalMs, () => new Error('late')).catch(() => undefined),
    ),
  );
  const fees = readings.flatMap(reading =>
    reading?.baseFeeWei === undefined || isContradictory(reading) ? [] : [reading.baseFeeWei],
  );
  return fees.length === 0 ? undefined : fees.reduce(max);
}

async function readBaseFees(client: RpcClient): Promise<Pick<FeeReadings, 'baseFeeWei' | 'nextBaseFeeWei'>> {
  const [{ baseFeeWei }, history] = await Promise.all([
    readHead(client),
    optional(client, 'eth_feeHistory', [`0x${historyBlocks.toString(16)}`, 'latest', [50]]),
  ]);
  return { baseFeeWei, nextBaseFeeWei: parseFeeHistory(history).nextBaseFeeWei };
}

/**
 * Sends a request for an optional reading: a node without the method must not keep a transaction from being
 * sent.
 */
function optional(client: RpcClient, method: string, params: unknown[]): Promise<unknown> {
  return withDeadline(client.send(method, params), optionalMs, () => new Error('late')).catch(
    () => undefined,
  );
}

/** Reads the price of gas from one endpoint. */
export async function readFeeMarketOf(client: RpcClient, chain: Chain): Promise<FeeMarket> {
  return judgeFeeMarket(await readFees(client), chain);
}

/** Reads fees at the latest block. Only the head is required; any other reading may be missing. */
async function readFees(client: RpcClient): Promise<FeeReadings> {
  const [head, tip, history] = await Promise.all([
    readHead(client),
    optional(client, 'eth_maxPriorityFeePerGas', []),
    optional(client, 'eth_feeHistory', [`0x${historyBlocks.toString(16)}`, 'latest', [50]]),
  ]);
  const { nextBaseFeeWei, paidTipsWei } = parseFeeHistory(history);
  const { baseFeeWei } = head;
  const hasBaseFee = baseFeeWei !== undefined || (nextBaseFeeWei ?? 0n) > 0n;
  const gasPrice = hasBaseFee ? undefined : await optional(client, 'eth_gasPrice', []);
  return {
    baseFeeWei,
    suggestedTipWei: quantity(tip),
    gasPriceWei: quantity(gasPrice),
    nextBaseFeeWei,
    paidTipsWei,
  };
}

/** Reads the result of `eth_feeHistory`; a part that is not of the right shape counts as missing. */
export function parseFeeHistory(history: unknown): Pick<FeeReadings, 'nextBaseFeeWei' | 'paidTipsWei'> {
  const { reward, baseFeePerGas } = (history ?? {}) as { reward?: unknown; baseFeePerGas?: unknown };
  const nextBaseFeeWei = Array.isArray(baseFeePerGas) ? quantity(baseFeePerGas.at(-1)) : undefined;
  if (!Array.isArray(reward)) return { nextBaseFeeWei, paidTipsWei: undefined };
  const tips = reward.map(block => (Array.isArray(block) ? quantity(block[0]) : undefined));
  return { nextBaseFeeWei, paidTipsWei: tips.every(tip => tip !== undefined) ? tips : undefined };
}

/**
 * Returns the base fee of each block in the result of `eth_feeHistory`; empty where it is not of the right
 * shape.
 */
export function parseBaseFees(history: unknown): bigint[] {
  const { baseFeePerGas } = (history ?? {}) as { baseFeePerGas?: unknown };
  const fees = Array.isArray(baseFeePerGas) ? baseFeePerGas.map(quantity) : [];
  return fees.every(fee => fee !== undefined) ? fees : [];
}

/**
 * Returns an amount in the form that nodes write; undefined for null, text, a negative number, or more than
 * 128 bits.
 */
function quantity(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[0-9a-f]{1,32}$/i.test(value) ? BigInt(value) : undefined;
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);
