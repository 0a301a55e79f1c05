import { assetId, poolAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, contractMethod, type Read, type ReadResult } from '@service-bots/core/rpc';
import type { InvariantPool } from './pool.ts';
import type { Snapshot } from './snapshot.ts';

/** Shorts that mature at the same time: all of them were opened in one checkpoint. */
export interface OpenShorts {
  /** Seconds since 1970. */
  maturity: number;
  bonds: bigint;
  /** c that the contract keeps of the checkpoint they were opened in, and settles them by; 18 decimals. */
  openingPrice: bigint;
  /** c at the end of that checkpoint, as far as the chain tells: of the first one after it that was minted, or now. */
  closingPrice: bigint;
}

const totalSupply = contractMethod<bigint>(poolAbi, 'totalSupply');
const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');

/**
 * The shorts that a pool's books call outstanding, with the prices they were opened at.
 * @returns undefined when some of it could not be read
 * @throws what the reader throws when nothing can be read
 */
export async function readOpenShorts(
  reader: BatchReader,
  { address, positionDuration, checkpointDuration }: InvariantPool,
  { block, market, vaultSharePrice, pastCheckpoints, latestCheckpoint }: Snapshot,
): Promise<OpenShorts[] | undefined> {
  if (!market.ok || !vaultSharePrice.ok || !pastCheckpoints.ok || !latestCheckpoint.ok) return undefined;
  if (market.value.shortsOutstanding === 0n) return [];
  const latest = latestCheckpoint.value.time;
  // What has matured is outstanding until its checkpoint is minted.
  const matured = [...pastCheckpoints.value, latestCheckpoint.value].filter(({ minted }) => !minted);
  const maturities = [
    ...matured.map(({ time }) => time).sort((a, b) => a - b),
    ...stepsBetween(latest + checkpointDuration, latest + positionDuration, checkpointDuration),
  ];
  const oldest = Math.min(...maturities) - positionDuration;
  const times = stepsBetween(Math.max(oldest, 0), latest, checkpointDuration);
  const reads: Read<unknown>[] = [
    ...maturities.map(maturity => totalSupply(address, assetId('short', maturity))),
    ...times.map(time => getCheckpoint(address, time)),
  ];
  const results = await reader.read(block, reads);
  if (results.some(({ ok }) => !ok)) return undefined;
  const values = results.map(result => (result as ReadResult<unknown> & { ok: true }).value);
  const checkpoints = values.slice(maturities.length) as { vaultSharePrice: bigint }[];
  const prices = times.map((time, i) => ({ time, price: checkpoints[i]?.vaultSharePrice ?? 0n }));
  return maturities.flatMap((maturity, i) => {
    const bonds = values[i] as bigint;
    if (bonds === 0n) return [];
    const opened = maturity - positionDuration;
    const openingPrice = prices.find(({ time }) => time === opened)?.price ?? 0n;
    const next = prices.find(({ time, price }) => time > opened && price > 0n)?.price;
    return [{ maturity, bonds, openingPrice, closingPrice: next ?? vaultSharePrice.value }];
  });
}

function stepsBetween(first: number, last: number, step: number): number[] {
  return Array.from(
    { length: Math.max(Math.floor((last - first) / step) + 1, 0) },
    (_, i) => first + i * step,
  );
}
