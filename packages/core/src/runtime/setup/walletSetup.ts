import { hexlify, randomBytes, Wallet } from 'ethers';
import type { z } from 'zod';
import type { Chain } from '../../chains/index.ts';
import {
  ConfigError,
  type ConfigProblem,
  type NameOf,
  type Secret,
  type transactionVariables,
} from '../../config/index.ts';
import type { Logger } from '../../logger/index.ts';
import { AllEndpointsFailed, type FailoverProvider } from '../../rpc/index.ts';
import { type KeySource, loadWallet } from '../../wallet/index.ts';
import type { Bot, BotSchema, Target, WalletUse } from '../bot.ts';

/**
 * The configuration of sending: a bot with a wallet has the transaction and signer variables in its schema.
 */
export type SendingConfig = z.output<z.ZodObject<typeof transactionVariables>> & {
  KEYSTORE_FILE?: string | undefined;
  KEYSTORE_PASSWORD?: Secret | undefined;
  ROUND_TIMEOUT_SECONDS: number;
  LOW_BALANCE?: bigint | undefined;
};

/** Returns how the bot uses its wallet; undefined where this configuration needs no wallet. */
export function walletUseOf<S extends BotSchema, T extends Target>(
  { wallet }: Bot<S, T>,
  config: z.output<S>,
): WalletUse<z.output<S>, T> | undefined {
  return wallet && (wallet.wanted?.(config) ?? true) ? wallet : undefined;
}

/** Returns where the key of a bot's wallet is, as far as the configuration can be read. */
export function keySourceOf<Config, T extends Target>(use: WalletUse<Config, T>, config: Config): KeySource {
  const { KEYSTORE_FILE: path, KEYSTORE_PASSWORD: password } = config as SendingConfig;
  return { privateKey: use.key(config), keystore: path && password ? { path, password } : undefined };
}

/**
 * Returns the problems that permanently keep a wallet with a valid key from sending: not enough time to
 * confirm, or a budget that is too small.
 * @param chain undefined while it is unknown
 */
export function sendingProblems(
  config: Partial<SendingConfig>,
  chain: Chain | undefined,
): readonly ConfigProblem[] {
  const { CONFIRMATIONS: confirmations, ROUND_TIMEOUT_SECONDS: timeoutSeconds } = config;
  const problems = budgetProblems(config);
  if (!chain || confirmations === undefined || timeoutSeconds === undefined) return problems;
  const tooSlow = tooSlowProblem(confirmations, chain, timeoutSeconds);
  return tooSlow ? [...problems, tooSlow] : problems;
}

/** A budget below the gas limit of one transaction could keep a single action from ever being sent. */
function budgetProblems({ MAX_GAS: maxGas, ...budgets }: Partial<SendingConfig>): ConfigProblem[] {
  return (['GAS_PER_HOUR', 'GAS_PER_DAY'] as const).flatMap(variable => {
    const budget = budgets[variable];
    if (budget === undefined || maxGas === undefined || budget >= maxGas) return [];
    const problem = `${budget} is less than MAX_GAS ${maxGas}, so that one transaction may not fit; raise it`;
    return [{ variable, problem }];
  });
}

/** If the confirmations took longer than a round may, every transaction would look lost. */
function tooSlowProblem(
  confirmations: number,
  chain: Chain,
  timeoutSeconds: number,
): ConfigProblem | undefined {
  const neededSeconds = Math.ceil((confirmations * chain.blockTimeMs) / 1000);
  if (neededSeconds <= timeoutSeconds / 2) return undefined;
  const problem = `${confirmations} blocks take about ${neededSeconds} s on ${chain.name}, more than half of ROUND_TIMEOUT_SECONDS ${timeoutSeconds}; lower the one or raise the other`;
  return { variable: 'CONFIRMATIONS', problem };
}

const throwawayWei = 100n * 10n ** 18n;

/**
 * Opens the wallet that a bot signs with. Without a key, a local development chain gets a throwaway wallet,
 * funded there. Without a key, a dry run gets an empty wallet that only simulates.
 * @throws ConfigError when there is no key and neither case applies; AllEndpointsFailed when no endpoint can
 * be asked
 */
export async function openWallet({
  source,
  keyVariable,
  nameOf,
  chain,
  dryRun,
  provider,
  logger,
}: {
  source: KeySource;
  keyVariable: string;
  nameOf: NameOf;
  chain: Chain;
  dryRun: boolean;
  provider: FailoverProvider;
  logger: Logger;
}): Promise<Wallet> {
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
