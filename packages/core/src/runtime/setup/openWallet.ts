import { hexlify, randomBytes, Wallet } from 'ethers';
import type { Chain } from '../../chains/index.ts';
import { ConfigError, type ConfigProblem, type NameOf } from '../../config/index.ts';
import type { Logger } from '../../logger/index.ts';
import { AllEndpointsFailed, type FailoverProvider } from '../../rpc/index.ts';
import { type KeySource, loadWallet } from '../../wallet/index.ts';

const throwawayWei = 100n * 10n ** 18n;

/**
 * Opens the wallet that a bot signs with. Without a key, a local development chain gets a throwaway wallet,
 * funded there. Without a key, a dry run gets an empty wallet that only simulates.
 * @throws ConfigError when there is no key and neither case applies; AllEndpointsFailed when no endpoint can
 * be asked
 */
export async function openWallet(
  source: KeySource,
  keyVariable: string,
  nameOf: NameOf,
  chain: Chain,
  dryRun: boolean,
  provider: FailoverProvider,
  logger: Logger,
): Promise<Wallet> {
  const own = await loadWallet(source);
  if (own) return own;
  // The key is random bytes: `createRandom` makes a mnemonic, which takes a hundred times as long and serves
  // no purpose here.
  const throwaway = new Wallet(hexlify(randomBytes(32)));
  if (dryRun) {
    logger.info('no key is given: simulating from an empty wallet', { address: throwaway.address });
    return throwaway;
  }
  if (await needsNoKey(chain, provider)) {
    await provider.send('anvil_setBalance', [throwaway.address, `0x${throwawayWei.toString(16)}`]);
    logger.warning('no key is given: using a throwaway wallet, funded on this local development chain', {
      address: throwaway.address,
    });
    return throwaway;
  }
  throw new ConfigError([missingKey(keyVariable, nameOf, chain)]);
}

/**
 * Returns the problem that no key is given.
 * @param chain undefined while it is unknown: a local development chain needs no key
 */
export function missingKey(keyVariable: string, nameOf: NameOf, chain: Chain | undefined): ConfigProblem {
  const where = chain ? `on ${chain.name} (chain ${chain.id})` : 'on all but a local development chain';
  return {
    variable: keyVariable,
    problem: `is not set: ${where} this bot needs a key to send; give ${keyVariable} or ${keyVariable}_FILE, a keystore in KEYSTORE_FILE, or ${nameOf('DRY_RUN')}=true to only watch`,
  };
}

/**
 * Returns whether the chain is a local development chain of anvil, which needs no key.
 * @throws AllEndpointsFailed
 */
export async function needsNoKey(chain: Chain, provider: FailoverProvider): Promise<boolean> {
  return chain.local && (await isAnvil(provider));
}

/**
 * Returns whether the node is anvil. Chain id 31337 alone is no proof, since any private network may have
 * that id.
 */
export async function isAnvil(provider: FailoverProvider): Promise<boolean> {
  const client: unknown = await provider.send('web3_clientVersion', []).catch(error => {
    // A node that refuses to name its client is not anvil; a node that does not answer may still be.
    if (error instanceof AllEndpointsFailed && error.error === undefined) throw error;
  });
  return typeof client === 'string' && client.startsWith('anvil/');
}
