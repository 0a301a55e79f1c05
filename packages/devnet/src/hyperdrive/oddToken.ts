import { Interface } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { Anvil } from '../chain/anvil.ts';
import { transact } from '../chain/transact.ts';
import type { DevnetPool } from './devnetPool.ts';
import { oddTokenArtifact } from './oddTokenArtifact.ts';

/** The oddities of a base token. */
export interface Oddities {
  /** A part of each transfer, in hundredths of a percent, that is burnt. */
  feeBps?: number;
  /** Its functions return nothing. */
  silent?: boolean;
  /** An approval can only be changed from or to 0. */
  resetsFirst?: boolean;
}

const abi = new Interface(oddTokenArtifact.abi);

/**
 * Replaces the base token of a pool of 18 decimals with an odd one; balances and approvals stay. May be
 * called again.
 */
export async function makeBaseOdd(anvil: Anvil, pool: DevnetPool, oddities: Oddities): Promise<void> {
  const address = await pool.asset.getAddress();
  await anvil.send('anvil_setCode', [address, oddTokenArtifact.runtime]);
  const { feeBps = 0, silent = false, resetsFirst = false } = oddities;
  await transact(anvil, roles.deployer.address, { address, abi }, 'setOddities', [
    { feeBps, silent, resetsFirst },
  ]);
}
