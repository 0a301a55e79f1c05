import { Contract } from 'ethers';
import { roles } from '../chain/accounts.ts';
import { type ChainHandle, joinChain } from '../chain/anvil.ts';
import { interfaces } from './artifacts.ts';
import { DevnetPool } from './devnetPool.ts';
import { defaultPools } from './poolSpec.ts';

/** A devnet that runs in another process or container. */
export interface JoinedDevnet {
  readonly chain: ChainHandle;
  /** Returns a default pool by its name. @throws Error when there is none */
  pool(name: string): Promise<DevnetPool>;
  /** Addresses of its prize pools. */
  readonly prizePools: readonly string[];
}

/** Joins a running devnet. @param artifactsUrl the URL at which the devnet serves its addresses */
export async function joinDevnet(rpcUrl: string, artifactsUrl: string): Promise<JoinedDevnet> {
  const chain = await joinChain(rpcUrl);
  const { pools, prizePools } = (await (await fetch(artifactsUrl)).json()) as {
    pools: Record<string, string>;
    prizePools: string[];
  };
  return {
    chain,
    prizePools,
    async pool(name) {
      const [address, spec] = [pools[name], defaultPools.find(each => each.name === name)];
      if (address === undefined || spec === undefined) throw new Error(`no pool is called ${name}`);
      const contract = new Contract(address, interfaces.hyperdrive, chain.provider);
      const { baseToken, vaultSharesToken } = await contract.getFunction('getPoolConfig').staticCall();
      const addresses = { pool: address, asset: baseToken, vault: vaultSharesToken };
      return new DevnetPool(chain, spec, addresses, roles.pauser.address);
    },
  };
}
