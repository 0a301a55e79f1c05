import { hexlify, randomBytes, Wallet } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { ConfigError, type ConfigProblem, type NameOf } from '../config/index.ts';
import type { Logger } from '../logger/index.ts';
import { AllEndpointsFailed, type FailoverProvider } from '../rpc/index.ts';
import { type KeySource, loadWallet } from '../wallet/index.ts';

const throwawayWei = 100n * 10n ** 18n;

/**
 * The wallet a bot signs with. Without a key: on a local development chain a throwaway one, funded there; in a dry run
 * an empty one that only simulates.
 * @throws ConfigError when there is no key and neither is the case; AllEndpointsFailed when no endpoint can be asked
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
  // Random bytes: a mnemonic, as `createRandom` makes one, takes a hundred times as long and serves no purpose here.
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

/** @param chain undefined while it is not known: on a local development one no key is needed */
export function missingKey(keyVariable: string, nameOf: NameOf, chain: Chain | undefined): ConfigProblem {
  const where = chain ? `on ${chain.name} (chain ${chain.id})` : 'on all but a local development chain';
  return {
    variable: keyVariable,
    problem: `is not set: ${where} this bot needs a key to send; give ${keyVariable} or ${keyVariable}_FILE, a keystore in KEYSTORE_FILE, or ${nameOf('DRY_RUN')}=true to only watch`,
  };
}

/** @throws AllEndpointsFailed */
export async function needsNoKey(chain: Chain, provider: FailoverProvider): Promise<boolean> {
  return chain.local && (await isAnvil(provider));
}

/** Chain 31337 alone is no proof: any private network may have that id. */
export async function isAnvil(provider: FailoverProvider): Promise<boolean> {
  const client: unknown = await provider.send('web3_clientVersion', []).catch(error => {
    // A node that does not tell is not anvil; one that does not answer may still be.
    if (error instanceof AllEndpointsFailed && error.error === undefined) throw error;
  });
  return typeof client === 'string' && client.startsWith('anvil/');
}
