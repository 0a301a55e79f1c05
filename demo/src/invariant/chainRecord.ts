import { type Devnet, type DevnetPool, roles } from '@service-bots/devnet';
import { formatUnits } from 'ethers';

/** An event that violated an invariant of a pool, read from the chain. */
export interface Incident {
  /** The check that has to detect it. */
  readonly check: 'total-shares' | 'negative-interest';
  /** The pool's address. */
  readonly pool: string;
  readonly block: number;
  /** The missing shares, or the change of the vault share price in percent. */
  readonly by: number;
}

/** A fall of the vault share price by this part in one block is a loss. */
const lossPart = 0.001;

/** Reads the whole chain; it is short. */
export async function readIncidents({ anvil, pools }: Devnet, fromBlock: number): Promise<Incident[]> {
  const { number: head } = await anvil.time.latest();
  const found = await Promise.all(
    pools.map(async pool => [
      ...(await theftsOf(pool, fromBlock)),
      ...(await lossesOf(pool, fromBlock, head)),
    ]),
  );
  return found.flat().sort((a, b) => a.block - b.block);
}

/** Returns the transfers of vault shares from a pool to an account that withdrew nothing. */
async function theftsOf({ address, vault, decimals }: DevnetPool, fromBlock: number): Promise<Incident[]> {
  const toThief = vault.filters.Transfer?.(address, roles.otherTrader.address);
  if (!toThief) throw new Error('a vault whose shares have no Transfer event');
  const logs = await vault.queryFilter(toThief, fromBlock);
  return logs.map(({ blockNumber, data }) => ({
    check: 'total-shares',
    pool: address,
    block: blockNumber,
    by: -Number(formatUnits(data, decimals)),
  }));
}

async function lossesOf(
  { address, contract }: DevnetPool,
  fromBlock: number,
  head: number,
): Promise<Incident[]> {
  const blocks = Array.from({ length: head - fromBlock + 1 }, (_, i) => fromBlock + i);
  const prices = await Promise.all(
    blocks.map(async blockTag => {
      const { vaultSharePrice } = await contract.getFunction('getPoolInfo').staticCall({ blockTag });
      return Number(formatUnits(vaultSharePrice, 18));
    }),
  );
  return blocks.flatMap((block, i): Incident[] => {
    const [before, now] = [prices[i - 1] ?? 0, prices[i] ?? 0];
    if (i === 0 || now > before * (1 - lossPart)) return [];
    return [{ check: 'negative-interest', pool: address, block, by: (now / before - 1) * 100 }];
  });
}
