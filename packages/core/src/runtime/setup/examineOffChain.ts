import type { z } from 'zod';
import { explorers } from '../../chains/index.ts';
import { ConfigError, type Env, loadConfig, loadUsable } from '../../config/index.ts';
import { Redactor } from '../../logger/index.ts';
import type { OffChainBot } from '../OffChainBot.ts';
import type { ProcessSchema } from '../openDesk.ts';
import { examineChannels } from './examineChannels.ts';
import { examineHosts } from './examineHosts.ts';
import { examineState } from './examineState.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/**
 * Returns whether the set-up of a bot without a chain would work. It sends no alert and leaves the bot's
 * state alone.
 */
export async function examineOffChain<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  env: Env,
): Promise<Finding[]> {
  let loaded: ReturnType<typeof loadConfig<S>>;
  try {
    loaded = loadConfig(bot.config, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const redactor = new Redactor(loadUsable(bot.config, env).secrets);
    return error.problems.map(({ variable, problem }) => fail(variable, redactor.redact(problem)));
  }
  const config = loaded.config as z.output<S> & z.output<ProcessSchema>;
  const redactor = new Redactor(loaded.secrets, { keepUrls: [config.RUNBOOK_URL, ...explorers] });
  const own = await bot.examine(config as z.output<S>);
  const findings: Finding[] = [
    ok(
      'configuration',
      `complete; ${loaded.secrets.length} ${loaded.secrets.length === 1 ? 'secret' : 'secrets'}`,
    ),
    ...loaded.warnings.map(warning => warn('configuration', warning)),
    await examineState(config.STATE_DIR),
    ...examineChannels(bot, config, redactor),
    ...(await examineHosts(config, redactor)),
    ...own,
  ];
  return findings.map(each => ({ ...each, detail: redactor.redact(each.detail) }));
}
