import {
  FallbackProvider,
  Interface,
  JsonRpcProvider,
  NonceManager,
  Wallet as Signer,
  type TransactionResponse,
} from 'ethers';
import type { Account, Client, Contestant, Wallet } from './contestant.ts';

const abi = new Interface(['function touch(uint256 id)']);

/** `FallbackProvider`, set up for failover as in its documentation. */
export const ethersFallback: Contestant = {
  name: 'ethers FallbackProvider',
  isOurs: false,
  hasDestroy: true,
  async connect(rpcUrls) {
    const configs = rpcUrls.map((url, i) => ({
      provider: new JsonRpcProvider(url),
      priority: i + 1,
      weight: 1,
      stallTimeout: 2_000,
    }));
    return clientOf(new FallbackProvider(configs, undefined, { quorum: 1 }));
  },
};

function clientOf(provider: FallbackProvider): Client {
  return {
    balance: address => provider.getBalance(address),
    balances: addresses => Promise.all(addresses.map(address => provider.getBalance(address))),
    head: () => provider.getBlockNumber(),
    async broadcast(raw) {
      await provider.broadcastTransaction(raw);
    },
    wallet: (account, contract) => walletOf(provider, account, contract),
    notices: () => false,
    // Its child providers are destroyed with it.
    destroy: () => void provider.destroy(),
  };
}

function walletOf(provider: FallbackProvider, account: Account, contract: string): Wallet {
  const manager = new NonceManager(new Signer(account.privateKey, provider));
  return {
    async sendAndWait(nth) {
      const data = abi.encodeFunctionData('touch', [nth]);
      const sent: TransactionResponse = await manager.sendTransaction({ to: contract, data });
      await sent.wait();
    },
    stop: () => Promise.resolve(),
  };
}
