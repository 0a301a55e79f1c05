import {
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  fallback,
  http,
  parseAbi,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { createNonceManager, jsonRpc } from 'viem/nonce';
import type { Account, Client, Contestant, Wallet } from './contestant.ts';
import { blockTimeMs, chainId } from './rig.ts';

const abi = parseAbi(['function touch(uint256 id)']);

/** viem's `fallback` of two `http` transports, with the defaults of every other option. */
export const viemFallback: Contestant = viemContestant('viem fallback', false);

/** The same fallback, which ranks its transports by latency and stability in the background. */
export const viemRanked: Contestant = viemContestant('viem fallback, ranked', true);

function viemContestant(name: string, rank: boolean): Contestant {
  return {
    name,
    isOurs: false,
    hasDestroy: false,
    connect: async rpcUrls => connect(rpcUrls, rank),
  };
}

function connect(rpcUrls: readonly string[], rank: boolean): Client {
  const chain = defineChain({
    id: chainId,
    name: 'anvil',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: rpcUrls } },
  });
  // Its ranking cannot be ended; once a cell is over, it must not disturb the next one.
  const over = new AbortController();
  const fetchFn: typeof fetch = async (...request) => {
    over.signal.throwIfAborted();
    return fetch(...request);
  };
  const transport = fallback(
    rpcUrls.map(url => http(url, { fetchFn })),
    { rank },
  );
  const shared = { chain, transport, pollingInterval: blockTimeMs };
  const client = createPublicClient({ ...shared, cacheTime: 0 });

  const walletOf = (account: Account, contract: `0x${string}`): Wallet => {
    const nonceManager = createNonceManager({ source: jsonRpc() });
    const signer = privateKeyToAccount(account.privateKey, { nonceManager });
    const wallet = createWalletClient({ ...shared, account: signer });
    return {
      async sendAndWait(nth) {
        const data = encodeFunctionData({ abi, functionName: 'touch', args: [BigInt(nth)] });
        const hash = await wallet.sendTransaction({ to: contract, data });
        await client.waitForTransactionReceipt({ hash });
      },
      stop: () => Promise.resolve(),
    };
  };
  return {
    balance: address => client.getBalance({ address: address as `0x${string}` }),
    balances: addresses =>
      Promise.all(addresses.map(address => client.getBalance({ address: address as `0x${string}` }))),
    head: async () => Number(await client.getBlockNumber()),
    async broadcast(raw) {
      await client.sendRawTransaction({ serializedTransaction: raw });
    },
    wallet: walletOf,
    notices: () => false,
    destroy: () => over.abort(),
  };
}
