import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wallet } from 'ethers';
import { z } from 'zod';
import { type Chain, chainOf } from '../../chains/index.ts';
import { systemClock as clock, withDeadline } from '../../clock/index.ts';
import {
  ConfigError,
  type ConfigProblem,
  declarations,
  type Env,
  endpointsOf,
  joined,
  rpcVariables,
  signerVariables,
  spellingsOf,
} from '../../config/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import { createLogger, type Logger } from '../../logger/index.ts';
import { BlockSource, createBatchReader, FailoverProvider, LogReader } from '../../rpc/index.ts';
import { loadWallet } from '../../wallet/index.ts';
import type { Bot, BotContext, BotIdentity, BotSchema, ProcessSchema, Target } from '../bot.ts';
import type { OffChainBot } from '../OffChainBot.ts';
import { discover } from '../rounds/discovery.ts';
import { askEndpoint, clockFinding, endpointFinding } from './endpoints.ts';
import { examineChannels } from './examineChannels.ts';
import { examineWallet } from './examineWallet.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { parse, type Setup } from './parse.ts';
import { keySourceOf, needsNoKey, sendingProblems, walletUseOf } from './walletSetup.ts';

/**
 * Returns whether a bot's set-up would work, examined with the bot's own parts: configuration, endpoints,
 * wallet, contracts, channels, clock and disk. It sends no transaction and no alert and leaves the bot's
 * state alone, so it may run beside the bot. If the start would refuse the environment, the findings contain
 * the reasons.
 */
export async function examine<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
): Promise<Finding[]> {
  const setup = parse(bot, env);
  const logger = silentLogger(bot, setup);
  if (setup.refused) return asFindings(await refusalInFull(bot, { ...setup, logger }, setup.refused), setup);
  const { config, redactor, nameOf } = setup;
  const use = walletUseOf(bot, config);
  const key = use && loadKey(use, config);

  const findings = [...examineVariables(setup), await examineState(config.STATE_DIR)];
  const addresses = endpointsOf(config);
  const asked = await Promise.all(addresses.map(address => askEndpoint(address)));
  const chainId = config.CHAIN_ID ?? asked.find(each => each.chainId !== undefined)?.chainId;
  const chain = chainId === undefined ? undefined : chainOf(chainId);
  findings.push(...asked.map(each => endpointFinding(each, chain)));
  findings.push(...(await examineChannels(bot, config, redactor)));
  const isThere = chain !== undefined && asked.some(each => each.chainId === chain.id);
  // A development chain is a rehearsal, whose time is moved at will.
  const isDevelopment = asked.some(each => each.isDevelopment);
  if (isThere) findings.push(clockFinding(asked, chain, isDevelopment));
  const provider = isThere
    ? new FailoverProvider(
        addresses.filter((_, i) => asked[i]?.chainId === chain.id),
        chain.id,
      )
    : undefined;
  try {
    const about = { config, nameOf, chain, needsNoKey: chain?.local === true && isDevelopment, provider };
    if (use) findings.push(...(await examineWallet({ ...about, use, key: await key })));
    else findings.push(ok('wallet', 'needs none'));
    if (chain && provider) findings.push(...(await examineTargets(bot, { config, chain, provider, logger })));
  } finally {
    provider?.destroy();
  }
  return redacted(findings, setup);
}

/**
 * Returns whether the set-up of a bot without a chain would work. It sends no alert and leaves the bot's
 * state alone.
 */
export async function examineOffChain<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  env: Env,
): Promise<Finding[]> {
  const setup = parse(bot, env);
  if (setup.refused) return asFindings(setup.refused, setup);
  const { config, redactor } = setup;
  const own = await bot.examine(config);
  const findings = [
    ...examineVariables(setup),
    await examineState(config.STATE_DIR),
    ...(await examineChannels(bot, config, redactor)),
    ...own,
  ];
  return redacted(findings, setup);
}

/**
 * A set-up that is refused in any case does not wait for a node that hangs: the alert is delivered within 5
 * s.
 */
const askMs = 2_000;
const late = () => new BotError(`no answer within ${askMs / 1000} s`);
const endpointNames = declarations(z.object(rpcVariables)).flatMap(spellingsOf);

/**
 * Returns a refused set-up with all its other problems, so that the operator can fix all of them at once. The
 * wallet's key is loaded, and the chain is read where the variables of its endpoints are right.
 */
export async function refusalInFull<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  setup: Pick<Setup<S>, 'config' | 'nameOf' | 'redactor'> & { logger: Logger },
  refused: ConfigError,
): Promise<ConfigError> {
  const { config, nameOf, logger } = setup;
  const use = walletUseOf(bot, config);
  const isWrong = (names: readonly string[]) =>
    refused.problems.some(({ variable }) => names.includes(variable));
  const mayAsk = (use || bot.problemsOnChain) && !isWrong(endpointNames);
  const [chainAnswer, key] = await Promise.all([
    mayAsk ? askChain(bot, config, logger) : undefined,
    use && withDeadline(loadKey(use, config), askMs, late).catch((error: Error) => error),
  ]);
  const chain = chainAnswer?.chain;
  const found: ConfigProblem[] = [];
  // A key that is given and wrong is not reported as missing as well.
  if (use && isWrong(declarations(z.object(signerVariables(use.keyVariable))).flatMap(spellingsOf)))
    found.push(...sendingProblems(config, chain));
  else if (use) {
    const about = { use, config, nameOf, key, chain, provider: undefined };
    found.push(
      ...problemsOf(await examineWallet({ ...about, needsNoKey: chainAnswer?.needsNoKey ?? false })),
    );
  }
  if (use && !(config as { DRY_RUN?: boolean }).DRY_RUN)
    found.push(...problemsOf([await examineState(config.STATE_DIR)]));
  found.push(...(chainAnswer?.problems ?? []));
  const more = found.map(one => withExample(one, bot, setup));
  return joined(refused, new ConfigError(more)) ?? refused;
}

function problemsOf(findings: readonly Finding[]): ConfigProblem[] {
  return findings.flatMap(({ problem }) => problem ?? []);
}

/** The properties of a set-up that only the chain shows. */
interface ChainAnswer {
  chain: Chain;
  needsNoKey: boolean;
  problems: readonly ConfigProblem[];
}

/** Returns the problems that the chain shows; undefined when the chain cannot be asked. */
async function askChain<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: Setup<S>['config'],
  logger: Logger,
): Promise<ChainAnswer | undefined> {
  const ask = async (): Promise<ChainAnswer> => {
    const provider = await FailoverProvider.connect(endpointsOf(config), config.CHAIN_ID);
    try {
      const chain = chainOf(provider.chainId);
      const isFree = await needsNoKey(chain, provider);
      if (!bot.problemsOnChain) return { chain, needsNoKey: isFree, problems: [] };
      const reader = await createBatchReader(provider);
      const view = { config: config as Partial<z.output<S>>, chain, provider, reader };
      return { chain, needsNoKey: isFree, problems: await bot.problemsOnChain(view) };
    } finally {
      provider.destroy();
    }
  };
  try {
    return await withDeadline(ask(), askMs, late);
  } catch (error) {
    logger.warning('the chain could not be asked about the rest of the set-up', { reason: reasonOf(error) });
    return undefined;
  }
}

/** Loads the key of a wallet. @returns undefined when no key is given; why the key cannot be loaded */
async function loadKey<S extends BotSchema, T extends Target>(
  use: NonNullable<Bot<S, T>['wallet']>,
  config: z.output<S>,
): Promise<Wallet | undefined | Error> {
  try {
    return await loadWallet(keySourceOf(use, config));
  } catch (error) {
    return error as Error;
  }
}

/** Redacts the problem, since a node's answer may hold anything, and adds an example of a right value. */
function withExample<S extends BotSchema>(
  { variable, problem, example }: ConfigProblem,
  { config }: BotIdentity<S>,
  { nameOf, redactor }: Pick<Setup<S>, 'nameOf' | 'redactor'>,
): ConfigProblem {
  const declared = declarations(config).find(({ name }) => name === variable);
  const name = nameOf(variable);
  const right = example ?? (declared && `${name}=${declared.example}`);
  return { variable: name, problem: redactor.redact(problem), ...(right ? { example: right } : {}) };
}

const fewestFreeBytes = 200_000_000;

/**
 * Returns whether the state folder can be written and has room. A folder that cannot be written refuses no
 * start by itself: a disk may be read-only for an hour, and a process that has ended with 78 is not started
 * again. `takeLease` describes what the bot does meanwhile.
 */
async function examineState(folder: string): Promise<Finding> {
  const what = 'disk';
  const probe = join(folder, `.check-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const free = `${(freeBytes / 1e9).toFixed(1)} GB free`;
    return freeBytes < fewestFreeBytes
      ? fail(what, `${folder}: only ${free}`)
      : ok(what, `${folder}: ${free}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `${folder} cannot be written (${code}); give a folder that survives restarts`;
    return {
      ...fail(what, `STATE_DIR ${folder} cannot be written (${code})`),
      problem: { variable: 'STATE_DIR', problem },
    };
  }
}

/** Returns the targets that the bot would look after, as the bot itself finds them. */
async function examineTargets<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  {
    config,
    chain,
    provider,
    logger,
  }: { config: Setup<S>['config']; chain: Chain; provider: FailoverProvider; logger: Logger },
): Promise<Finding[]> {
  const what = 'contracts';
  const stop = new AbortController();
  try {
    const ctx: BotContext<z.output<S>> = {
      config,
      chain,
      provider,
      reader: await createBatchReader(provider),
      logs: new LogReader(provider),
      blocks: new BlockSource(provider, { pollMs: chain.blockTimeMs, mostBlocks: 1, clock }),
      sender: undefined,
      logger,
      clock,
      stop: stop.signal,
      observe: () => undefined,
      tell: () => undefined,
      store: (_name, _schema, empty) => ({ read: async () => empty(), write: async () => undefined }),
    };
    const withinMs = config.ROUND_TIMEOUT_SECONDS * 1000;
    const { targets, observations } = await discover(bot, ctx, { withinMs });
    const names = targets.map(({ name }) => name);
    const problems = observations.flatMap(each =>
      each.failing ? [warn(what, `${each.check}: ${each.message}`)] : [],
    );
    if (targets.length === 0) return [fail(what, 'no contract to look after was found'), ...problems];
    return [ok(what, `${targets.length} found: ${names.join(', ')}`), ...problems];
  } catch (error) {
    return [fail(what, reasonOf(error))];
  } finally {
    stop.abort();
  }
}

function examineVariables({ secretCount, warnings }: Setup<ProcessSchema>): Finding[] {
  return [
    ok('configuration', `complete; ${secretCount} ${secretCount === 1 ? 'secret' : 'secrets'}`),
    ...warnings.map(warning => warn('configuration', warning)),
  ];
}

function asFindings({ problems }: ConfigError, setup: Setup<ProcessSchema>): Finding[] {
  return redacted(
    problems.map(({ variable, problem }) => fail(variable, problem)),
    setup,
  );
}

function redacted(
  findings: readonly Finding[],
  { redactor }: Pick<Setup<ProcessSchema>, 'redactor'>,
): Finding[] {
  return findings.map(each => ({ ...each, detail: redactor.redact(each.detail) }));
}

function silentLogger(bot: { name: string }, { redactor }: Pick<Setup<ProcessSchema>, 'redactor'>): Logger {
  return createLogger({ bot: bot.name, level: 'critical', format: 'json', redactor });
}
