import type { z } from 'zod';
import { chainOf, explorers } from '../../chains/index.ts';
import { ConfigError, type Env, endpointsOf, loadConfig, loadUsable } from '../../config/index.ts';
import { createLogger, Redactor } from '../../logger/index.ts';
import { FailoverProvider } from '../../rpc/index.ts';
import type { Bot, Target } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';
import { askEndpoint, judgeClock, judgeEndpoint } from './endpoints.ts';
import { examineChannels } from './examineChannels.ts';
import { examineHosts } from './examineHosts.ts';
import { examineState } from './examineState.ts';
import { examineTargets } from './examineTargets.ts';
import { examineWallet } from './examineWallet.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { withAllProblems } from './refusedSetup.ts';

/**
 * Returns whether a bot's set-up would work, examined with the bot's own parts: configuration, endpoints,
 * wallet, contracts, channels, clock and disk. It sends no transaction and no alert and leaves the bot's
 * state alone, so it may run beside the bot.
 */
export async function examine<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
): Promise<Finding[]> {
  let loaded: ReturnType<typeof loadConfig<S>>;
  try {
    loaded = loadConfig(bot.config, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const redactor = new Redactor(loadUsable(bot.config, env).secrets);
    const logger = createLogger({ bot: bot.name, level: 'critical', format: 'json', redactor });
    const { problems } = await withAllProblems(error, bot, env, redactor, logger);
    return problems.map(({ variable, problem }) => fail(variable, problem));
  }
  const config = loaded.config as z.output<S> & z.output<BotSchema>;
  const redactor = new Redactor(loaded.secrets, { keepUrls: [config.RUNBOOK_URL, ...explorers] });
  const findings: Finding[] = [
    ok(
      'configuration',
      `complete; ${loaded.secrets.length} ${loaded.secrets.length === 1 ? 'secret' : 'secrets'}`,
    ),
    ...loaded.warnings.map(warning => warn('configuration', warning)),
    await examineState(config.STATE_DIR),
  ];
  const addresses = endpointsOf(config);
  const asked = await Promise.all(addresses.map(address => askEndpoint(address)));
  const chainIds = new Set(asked.flatMap(({ chainId }) => chainId ?? []));
  const chainId = config.CHAIN_ID ?? [...chainIds][0];
  const chain = chainId === undefined ? undefined : chainOf(chainId);
  findings.push(...asked.map(each => judgeEndpoint(each, chain)));
  // A development chain is a rehearsal, whose time is moved at will.
  const isRehearsal = asked.some(({ isDevelopment }) => isDevelopment);
  findings.push(...examineChannels(bot, config, redactor), ...(await examineHosts(config, redactor)));
  if (chain && asked.some(each => each.chainId === chain.id)) {
    findings.push(judgeClock(asked, chain, isRehearsal));
    const provider = new FailoverProvider(
      addresses.filter((_, i) => asked[i]?.chainId === chain.id),
      chain.id,
    );
    try {
      findings.push(await examineWallet(bot, config, chain, provider));
      findings.push(...(await examineTargets(bot, config, chain, provider, redactor)));
    } finally {
      provider.destroy();
    }
  } else findings.push(await examineWallet(bot, config, chain, undefined));
  return findings.map(each => ({ ...each, detail: redactor.redact(each.detail) }));
}
