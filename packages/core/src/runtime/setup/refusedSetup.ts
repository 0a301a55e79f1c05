import { z } from 'zod';
import { type Chain, chainOf } from '../../chains/index.ts';
import { withDeadline } from '../../clock/index.ts';
import {
  ConfigError,
  type ConfigProblem,
  declarations,
  type Env,
  endpointsOf,
  joined,
  loadUsable,
  type NameOf,
  rpcVariables,
  signerVariables,
  spellingsOf,
} from '../../config/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import type { Logger, Redactor } from '../../logger/index.ts';
import { createBatchReader, FailoverProvider } from '../../rpc/index.ts';
import { loadWallet } from '../../wallet/index.ts';
import type { Bot, Target } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';
import { missingKey, needsNoKey } from './openWallet.ts';
import { keySourceOf, type SendingConfig, sendingProblems, unwritableProblem } from './senderSetup.ts';

/**
 * A set-up that is refused in any case does not wait for a node that hangs: the alert is delivered within 5
 * s.
 */
const askMs = 2_000;
const late = () => new BotError(`no answer within ${askMs / 1000} s`);
const endpointNames = declarations(z.object(rpcVariables)).flatMap(spellingsOf);

type Config = Partial<z.output<BotSchema>>;

/** The problems of a set-up that only the chain shows. */
interface Told {
  chain: Chain;
  isKeyNeeded: boolean;
  problems: readonly ConfigProblem[];
}

/**
 * Returns a refused set-up with all its other problems, so that the operator can fix all of them at once. The
 * wallet's key is loaded, and the chain is read where the variables of its endpoints are right.
 */
export async function withAllProblems<S extends BotSchema, T extends Target>(
  refused: ConfigError,
  bot: Bot<S, T>,
  env: Env,
  redactor: Redactor,
  logger: Logger,
): Promise<ConfigError> {
  const { config, nameOf } = loadUsable(bot.config, env);
  const { wallet } = bot;
  const sends = wallet !== undefined && (wallet.wanted?.(config as z.output<S>) ?? true);
  const [told, key] = await Promise.all([
    sends || bot.problemsOnChain ? askChain(refused, bot, config, logger) : undefined,
    sends ? lookForKey(refused, bot, config) : undefined,
  ]);
  const unwritable = sends ? await unwritableProblem(config) : undefined;
  const isKeyMissing = key === 'missing' && (told?.isKeyNeeded ?? true);
  const found = [
    ...(wallet && isKeyMissing ? [missingKey(wallet.keyVariable, nameOf, told?.chain)] : []),
    ...(key instanceof ConfigError ? key.problems : []),
    ...(sends ? sendingProblems(config, told?.chain) : []),
    ...(unwritable ? [unwritable] : []),
    ...(told?.problems ?? []),
  ];
  const more = found.map(one => withExample(one, bot, nameOf, redactor));
  return joined(refused, new ConfigError(more)) ?? refused;
}

/**
 * Loads the wallet's key.
 * @returns why the key cannot be loaded; 'missing' where none is given but most chains need one; undefined
 * when it is fine
 */
async function lookForKey<S extends BotSchema, T extends Target>(
  refused: ConfigError,
  { wallet }: Bot<S, T>,
  config: Config,
): Promise<ConfigError | 'missing' | undefined> {
  if (!wallet) return undefined;
  // A key that is given and wrong is not reported as missing as well.
  const names = declarations(z.object(signerVariables(wallet.keyVariable))).flatMap(spellingsOf);
  if (refused.problems.some(({ variable }) => names.includes(variable))) return undefined;
  try {
    const source = keySourceOf(wallet, config as z.output<S>);
    const own = await withDeadline(loadWallet(source), askMs, late);
    return own || (config as Partial<SendingConfig>).DRY_RUN ? undefined : 'missing';
  } catch (error) {
    return error instanceof ConfigError ? error : undefined;
  }
}

/** Returns the problems that the chain shows; undefined when the chain cannot be asked. */
async function askChain<S extends BotSchema, T extends Target>(
  refused: ConfigError,
  bot: Bot<S, T>,
  config: Config,
  logger: Logger,
): Promise<Told | undefined> {
  if (refused.problems.some(({ variable }) => endpointNames.includes(variable))) return undefined;
  try {
    return await withDeadline(ask(bot, config), askMs, late);
  } catch (error) {
    logger.warning('what only the chain can tell about the set-up could not be asked', {
      reason: reasonOf(error),
    });
    return undefined;
  }
}

async function ask<S extends BotSchema, T extends Target>(bot: Bot<S, T>, config: Config): Promise<Told> {
  const { CHAIN_ID: chainId, ...endpoints } = config as z.output<BotSchema>;
  const provider = await FailoverProvider.connect(endpointsOf(endpoints), chainId);
  try {
    const chain = chainOf(provider.chainId);
    const isKeyNeeded = !(await needsNoKey(chain, provider));
    if (!bot.problemsOnChain) return { chain, isKeyNeeded, problems: [] };
    const reader = await createBatchReader(provider);
    const view = { config: config as Partial<z.output<S>>, chain, provider, reader };
    return { chain, isKeyNeeded, problems: await bot.problemsOnChain(view) };
  } finally {
    provider.destroy();
  }
}

/** Redacts the problem, since a node's answer may hold anything, and adds an example of a right value. */
function withExample<S extends BotSchema, T extends Target>(
  { variable, problem, example }: ConfigProblem,
  { config }: Bot<S, T>,
  nameOf: NameOf,
  redactor: Redactor,
): ConfigProblem {
  const declared = declarations(config).find(({ name }) => name === variable);
  const name = nameOf(variable);
  const right = example ?? (declared && `${name}=${declared.example}`);
  return { variable: name, problem: redactor.redact(problem), ...(right ? { example: right } : {}) };
}
