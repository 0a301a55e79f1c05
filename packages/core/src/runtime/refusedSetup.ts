import { z } from 'zod';
import { chainOf } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import {
  ConfigError,
  type ConfigProblem,
  declarations,
  type Env,
  endpointsOf,
  loadUsable,
  rpcVariables,
  spellingsOf,
} from '../config/index.ts';
import { BotError, reasonOf, SetupError } from '../errors/index.ts';
import type { Logger, Redactor } from '../logger/index.ts';
import { createBatchReader, FailoverProvider } from '../rpc/index.ts';
import type { Bot, ChainView, Target } from './bot.ts';
import type { BotSchema } from './openDesk.ts';

/** A set-up that is refused anyhow is not kept waiting for a node that hangs: within 5 s people have heard of it. */
const askMs = 2_000;
const late = () => new BotError(`no answer within ${askMs / 1000} s`);
const endpointNames = declarations(z.object(rpcVariables)).flatMap(spellingsOf);

/**
 * The problems of an environment that is refused, and those of what can be read of it that only the chain can tell:
 * nobody mends the ones only to be told of the others. The chain is asked where it is right how to reach it.
 */
export async function withChainProblems<S extends BotSchema, T extends Target>(
  refused: ConfigError,
  bot: Bot<S, T>,
  env: Env,
  redactor: Redactor,
  logger: Logger,
): Promise<ConfigError> {
  if (!bot.problemsOnChain || refused.problems.some(({ variable }) => endpointNames.includes(variable)))
    return refused;
  try {
    const found = await withDeadline(ask(bot, env), askMs, late);
    const examples = new Map(declarations(bot.config).map(({ name, example }) => [name, example]));
    const more = found.map(({ variable, problem }) => ({
      variable,
      problem: redactor.redact(problem),
      example: `${variable}=${examples.get(variable)}`,
    }));
    return new ConfigError([...refused.problems, ...more]);
  } catch (error) {
    logger.warning('what only the chain can tell about the set-up could not be asked', {
      reason: reasonOf(error),
    });
    return refused;
  }
}

/** What is refused once the chain is known (a key that is missing, say), and what the chain says against the rest. */
export async function joinedByPools<S extends BotSchema, T extends Target>(
  refused: unknown,
  bot: Bot<S, T>,
  view: ChainView<z.output<S>>,
): Promise<unknown> {
  if (!(refused instanceof SetupError) || !bot.problemsOnChain) return refused;
  // What cannot be asked now is said at the next start.
  const found = await withDeadline(bot.problemsOnChain(view), askMs, late).catch(() => []);
  const problems = found.map(({ variable, problem }) => `${variable}: ${problem}`);
  return problems.length === 0 ? refused : new SetupError([refused.message, ...problems].join('; '));
}

async function ask<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
): Promise<readonly ConfigProblem[]> {
  const { config } = loadUsable(bot.config, env);
  const { CHAIN_ID: chainId, ...endpoints } = config as z.output<BotSchema>;
  const provider = await FailoverProvider.connect(endpointsOf(endpoints), chainId);
  try {
    const reader = await createBatchReader(provider);
    const chain = chainOf(provider.chainId);
    return (await bot.problemsOnChain?.({ config, chain, provider, reader })) ?? [];
  } finally {
    provider.destroy();
  }
}
