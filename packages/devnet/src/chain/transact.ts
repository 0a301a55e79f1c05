import { type Interface, isCallException, type TransactionReceipt, toQuantity } from 'ethers';
import { until } from '../until.ts';
import { devAccounts } from './accounts.ts';
import type { ChainHandle } from './anvil.ts';

const ownAccounts = new Set(devAccounts.map(account => account.address.toLowerCase()));
const plentyWei = 10n ** 22n;

/**
 * Sends a transaction from any address and mines it at once, in every mining mode.
 *
 * With mining switched off or at an interval a block is mined for it, so other pending transactions are mined
 * too. An address without a key in anvil is impersonated, and given ETH for gas.
 *
 * @throws ethers' CALL_EXCEPTION with the contract's own error (`revert.name`) when it would revert.
 */
export async function transact(
  anvil: ChainHandle,
  from: string,
  target: { readonly address: string; readonly abi: Interface },
  method: string,
  args: readonly unknown[],
  valueWei = 0n,
): Promise<TransactionReceipt> {
  const { send, provider } = anvil;
  if (!ownAccounts.has(from.toLowerCase())) await impersonate(anvil, from);
  const data = target.abi.encodeFunctionData(method, args);
  const transaction = { from, to: target.address, data, value: toQuantity(valueWei) };
  const gas = await provider.estimateGas(transaction).catch((error: unknown) => {
    // ethers decodes a contract's own error in a call, but not in an estimate.
    if (isCallException(error) && error.data !== null) throw target.abi.makeError(error.data, transaction);
    throw error;
  });
  // The gas limit is twice the estimate: interest accrues between the estimate and the block, which can change
  // the contract's path.
  const params = [{ ...transaction, gas: toQuantity(gas * 2n) }];
  const hash = (await send('eth_sendTransaction', params)) as string;
  return mined(anvil, hash, method);
}

/**
 * Returns the receipt of a transaction that we sent. Not ethers' `wait()` or `waitForTransaction`: when they
 * come too early they look again at the next block, and a chain that mines on demand may have none.
 */
async function mined(
  { provider, time, send }: ChainHandle,
  hash: string,
  what: string,
): Promise<TransactionReceipt> {
  const look = () => provider.getTransactionReceipt(hash);
  let receipt = await look();
  if (!receipt) {
    // Anvil answers a moment before it mines: another block of ours would be one too many.
    const minesItself = await time.automine();
    receipt = await until(`${what} is mined (transaction ${hash})`, async () => {
      if (!minesItself) await send('evm_mine');
      return look();
    });
  }
  if (receipt.status !== 1) throw new Error(`${what} reverted when it was mined (transaction ${hash})`);
  return receipt;
}

async function impersonate({ send, provider, setBalance }: ChainHandle, address: string): Promise<void> {
  await send('anvil_impersonateAccount', [address]);
  if ((await provider.getBalance(address)) === 0n) await setBalance(address, plentyWei);
}
