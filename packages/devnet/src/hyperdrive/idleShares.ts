import { Interface, toQuantity, ZeroAddress } from 'ethers';
import type { Anvil } from '../chain/anvil.ts';
import { artifacts, lpMathPlaceholder } from './artifacts.ts';
import type { DevnetPool } from './devnetPool.ts';

/** Returns a pool's idle shares at a vault share price; the pools themselves have no function for it. */
export type IdleShares = (vaultSharePrice: bigint) => Promise<bigint>;

const plentyGas = toQuantity(1_000_000_000n);

/**
 * Returns the contracts' own computation of idle shares, for one pool: their authors' test contract, created
 * with the pool's configuration, replaces the pool's code during the call. Nothing is deployed.
 */
export async function idleSharesOf(anvil: Anvil, pool: DevnetPool): Promise<IdleShares> {
  const config = await pool.contract.getFunction('getPoolConfig').staticCall();
  const { abi: rawAbi, bytecode } = artifacts.MockHyperdrive;
  const abi = new Interface(rawAbi);
  const linked = bytecode.replaceAll(lpMathPlaceholder, ZeroAddress.slice(2));
  const creation = linked + abi.encodeDeploy([config.toObject(true), ZeroAddress]).slice(2);
  // A call without an address runs the constructor and returns the code that it would leave.
  const code = await anvil.send('eth_call', [{ data: creation, gas: plentyGas }, 'latest']);
  return async vaultSharePrice => {
    const data = abi.encodeFunctionData('calculateIdleShareReserves', [vaultSharePrice]);
    const call = [{ to: pool.address, data }, 'latest', { [pool.address]: { code } }];
    const result = (await anvil.send('eth_call', call)) as string;
    return abi.decodeFunctionResult('calculateIdleShareReserves', result)[0] as bigint;
  };
}
