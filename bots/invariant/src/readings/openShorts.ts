import { assetId, divDown, mulDown, poolAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, contractMethod, type Read, type ReadResult } from '@service-bots/core/rpc';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import type { Snapshot } from './index.ts';

/** Shorts that mature at the same time: all of them were opened in one checkpoint. */
export interface OpenShorts {
  /** Seconds since 1970. */
  maturity: number;
  bonds: bigint;
  /**
   * The vault share price that the contract stores for their opening checkpoint, and by which it settles them; 18
   * decimals.
   */
  openingPrice: bigint;
  /** The vault share price of the checkpoint after the opening one; 0 when that checkpoint is not minted. */
  closingPrice: bigint;
}

/** The number of checkpoints that are searched for matured shorts at a time. */
const maturedAtOnce = 200;

const totalSupply = contractMethod<bigint>(poolAbi, 'totalSupply');
const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');

/**
 * Reads the shorts that are outstanding in a pool's books, with their opening prices. It reads first the
 * shorts that have not matured. Until the books are accounted for, it then reads those of past checkpoints
 * that are not minted.
 * @returns undefined when some of it could not be read
 * @throws what the reader throws when nothing can be read
 */
export async function readOpenShorts(
  reader: BatchReader,
  pool: InvariantPool,
  { block, market }: Snapshot,
): Promise<OpenShorts[] | undefined> {
  if (!market.ok) return undefined;
  const { shortsOutstanding } = market.value;
  const { positionDuration, checkpointDuration: step, earliestMaturity } = pool;
  const latest = block.timestamp - (block.timestamp % step);
  const found: OpenShorts[] = [];
  const isComplete = () => found.reduce((sum, { bonds }) => sum + bonds, 0n) >= shortsOutstanding;
  let last = latest + positionDuration;
  for (let first = latest + step; !isComplete() && last >= earliestMaturity; ) {
    const shorts = await readMaturing(reader, pool, { block, maturities: stepsBetween(first, last, step) });
    if (!shorts) return undefined;
    found.push(...shorts);
    last = first - step;
    first = Math.max(last - (maturedAtOnce - 1) * step, Math.ceil(earliestMaturity / step) * step);
  }
  return found.sort((a, b) => a.maturity - b.maturity);
}

async function readMaturing(
  reader: BatchReader,
  { address, positionDuration, checkpointDuration }: InvariantPool,
  { block, maturities }: { block: Snapshot['block']; maturities: readonly number[] },
): Promise<OpenShorts[] | undefined> {
  const opened = maturities.map(maturity => maturity - positionDuration);
  const times = [
    ...new Set([
      ...opened,
      ...opened.map(time => time + checkpointDuration),
      ...maturities.filter(maturity => maturity <= block.timestamp),
    ]),
  ].filter(time => time >= 0);
  const reads: Read<unknown>[] = [
    ...maturities.map(maturity => totalSupply(address, assetId('short', maturity))),
    ...times.map(time => getCheckpoint(address, time)),
  ];
  const results = await reader.read(block, reads);
  if (results.some(({ ok }) => !ok)) return undefined;
  const values = results.map(result => (result as ReadResult<unknown> & { ok: true }).value);
  const checkpoints = values.slice(maturities.length) as { vaultSharePrice: bigint }[];
  const prices = new Map(times.map((time, i) => [time, checkpoints[i]?.vaultSharePrice ?? 0n]));
  return maturities.flatMap((maturity, i) => {
    const bonds = values[i] as bigint;
    const opening = opened[i] as number;
    // A minted checkpoint has settled the shorts that matured in it.
    if (bonds === 0n || (prices.get(maturity) ?? 0n) > 0n) return [];
    return [
      {
        maturity,
        bonds,
        openingPrice: prices.get(opening) ?? 0n,
        closingPrice: prices.get(opening + checkpointDuration) ?? 0n,
      },
    ];
  });
}

/**
 * Returns the least shares that were put behind shorts. The contract takes the payment for the bonds by the
 * price of the checkpoint, or a lower one, and the flat fee by the present price, which hardly rises by more
 * than a twentieth within a checkpoint.
 * @param flatFee 18 decimals
 */
export function leastBehind({ bonds, openingPrice, closingPrice }: OpenShorts, flatFee: bigint): bigint {
  if (openingPrice === 0n) return 0n;
  const known = closingPrice > openingPrice ? closingPrice : openingPrice;
  const highest = known + known / 20n;
  return divDown(bonds, openingPrice) + divDown(mulDown(bonds, flatFee), highest);
}

function stepsBetween(first: number, last: number, step: number): number[] {
  return Array.from(
    { length: Math.max(Math.floor((last - first) / step) + 1, 0) },
    (_, i) => first + i * step,
  );
}
