import { chainOf } from '@service-bots/core/chains';
import { systemClock } from '@service-bots/core/clock';
import type { Logger } from '@service-bots/core/logger';
import { AllEndpointsFailed, FailoverProvider } from '@service-bots/core/rpc';
import { memoryStore } from '@service-bots/core/store';
import { PolicySigner, Sender } from '@service-bots/core/wallet';
import { Interface, Wallet as Signer } from 'ethers';
import type { Account, Client, Contestant, Wallet } from './contestant.ts';
import { blockTimeMs, chainId } from './rig.ts';

const silent = () => undefined;
const quiet: Logger = {
  debug: silent,
  info: silent,
  warning: silent,
  error: silent,
  critical: silent,
  child: () => quiet,
};
const touch = 'touch(uint256 id)';
const abi = new Interface([`function ${touch}`]);
/** The pauses of `startBot` between two attempts: the first, and the longest. */
const firstRetryMs = 250;
const longestRetryMs = 1_000;
const startWithinMs = 15_000;

export const ours: Contestant = {
  name: 'FailoverProvider',
  isOurs: true,
  hasDestroy: true,
  connect: async rpcUrls => clientOf(await started(rpcUrls)),
};

/** Starts as a bot does: with the configured chain, and with retries while no endpoint answers. */
async function started(rpcUrls: readonly string[]): Promise<FailoverProvider> {
  const addresses = rpcUrls.map(url => ({ label: new URL(url).host, url: { reveal: () => url } }));
  const deadline = Date.now() + startWithinMs;
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
    try {
      return await FailoverProvider.connect(addresses, chainId, { options: { blockTimeMs } });
    } catch (error) {
      if (!(error instanceof AllEndpointsFailed) || Date.now() > deadline) throw error;
      await systemClock.sleep(retryMs);
    }
  }
}

function clientOf(provider: FailoverProvider): Client {
  return {
    balance: address => provider.getBalance(address),
    async balances(addresses) {
      const calls = addresses.map(address => ({ method: 'eth_getBalance', params: [address, 'latest'] }));
      const answers = await provider.sendBatch(calls);
      return answers.map(answer => {
        if ('result' in answer) return BigInt(answer.result as string);
        throw new Error(`no balance: ${JSON.stringify(answer)}`);
      });
    },
    head: () => provider.getBlockNumber(),
    async broadcast(raw) {
      await provider.broadcastTransaction(raw);
    },
    wallet: (account, contract) => walletOf(provider, account, contract),
    notices(position) {
      const [endpoint] = provider.endpoints.slice(position);
      return endpoint !== undefined && provider.health.stateOf(endpoint) !== 'ok';
    },
    destroy: () => provider.destroy(),
  };
}

function walletOf(provider: FailoverProvider, account: Account, contract: string): Wallet {
  const sender = new Sender({
    provider,
    signer: new PolicySigner(new Signer(account.privateKey), {
      chainId,
      functions: [touch],
      contracts: () => [contract],
      maxGas: 1_000_000n,
    }),
    chain: { ...chainOf(chainId), blockTimeMs, maxInFlight: 64 },
    journal: memoryStore({ from: account.address, entries: [] }),
    clock: systemClock,
    logger: quiet,
    caps: {},
    confirmations: 1,
    replaceAfterBlocks: 3,
    dryRun: false,
    waitMs: 30_000,
    onViolation: silent,
  });
  return {
    async sendAndWait(nth) {
      const data = abi.encodeFunctionData('touch', [nth]);
      await sender.send({ label: `touch ${nth}`, to: contract, data, abi });
    },
    stop: () => sender.stop(0),
  };
}
