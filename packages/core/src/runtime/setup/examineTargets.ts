import type { z } from 'zod';
import type { Chain } from '../../chains/index.ts';
import { systemClock as clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import { createLogger, type Redactor } from '../../logger/index.ts';
import { BlockSource, createBatchReader, type FailoverProvider, LogReader } from '../../rpc/index.ts';
import type { Bot, BotContext, Target } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';
import { discover } from '../rounds/discovery.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Returns the targets that the bot would look after, as the bot itself finds them. */
export async function examineTargets<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<S> & z.output<BotSchema>,
  chain: Chain,
  provider: FailoverProvider,
  redactor: Redactor,
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
      logger: createLogger({ bot: bot.name, level: 'critical', format: 'json', redactor }),
      clock,
      stop: stop.signal,
      observe: () => undefined,
      tell: () => undefined,
      store: (_name, _schema, empty) => ({ read: async () => empty(), write: async () => undefined }),
    };
    const withinMs = config.ROUND_TIMEOUT_SECONDS * 1000;
    const { targets, observations } = await discover(bot, ctx, [], withinMs);
    const names = targets.map(({ name }) => name);
    const problems = observations.flatMap(each =>
      each.failing ? [warn(what, `${each.check}: ${each.message}`)] : [],
    );
    if (targets.length === 0) return [fail(what, 'nothing to look after was found'), ...problems];
    return [ok(what, `${targets.length} found: ${names.join(', ')}`), ...problems];
  } catch (error) {
    return [fail(what, reasonOf(error))];
  } finally {
    stop.abort();
  }
}
