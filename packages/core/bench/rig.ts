import { type Anvil, type RpcProxy, startAnvil, startProxy } from '@service-bots/devnet';
import { toBeHex, Wallet } from 'ethers';
import type { Account, Client, Contestant } from './contestant.ts';

export const chainId = 31_337;
export const blockTimeMs = 1_000;
/** A block further back than any fault moves an endpoint. */
const firstBlocks = 60;

/** A provider with two proxies of its own between it and the chain. */
export interface Cell {
  anvil: Anvil;
  contestant: Contestant;
  primary: RpcProxy;
  backup: RpcProxy;
  /** Starts the provider; it is destroyed with the cell. */
  connect(): Promise<Client>;
}

export async function startChain(): Promise<Anvil> {
  const anvil = await startAnvil({ chainId, blockTime: blockTimeMs / 1_000 });
  await anvil.time.mine(firstBlocks);
  return anvil;
}

/** Runs `measure` with fresh proxies, and closes them afterwards. */
export async function inCell<T>(
  anvil: Anvil,
  contestant: Contestant,
  measure: (cell: Cell) => Promise<T>,
): Promise<T> {
  const [primary, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  const clients: Client[] = [];
  const connect = async () => {
    const client = await contestant.connect([primary.rpcUrl, backup.rpcUrl]);
    clients.push(client);
    return client;
  };
  try {
    return await measure({ anvil, contestant, primary, backup, connect });
  } finally {
    // A provider that is stuck may be unable to stop.
    for (const client of clients) attempt(() => client.destroy());
    await Promise.all([primary.close(), backup.close()]);
  }
}

/** Returns a new account with 100 ether. */
export async function fundedAccount(anvil: Anvil): Promise<Account> {
  const { privateKey, address } = Wallet.createRandom();
  await anvil.send('anvil_setBalance', [address, toBeHex(100n * 10n ** 18n)]);
  return { privateKey: privateKey as `0x${string}`, address: address as `0x${string}` };
}

/** Returns a contract that accepts any call: STOP. */
export async function anyContract(anvil: Anvil): Promise<`0x${string}`> {
  const { address } = Wallet.createRandom();
  await anvil.send('anvil_setCode', [address, '0x00']);
  return address as `0x${string}`;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The failure is no part of the measurement.
  }
}
