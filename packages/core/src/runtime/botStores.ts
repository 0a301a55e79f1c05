import { join } from 'node:path';
import type { Chain } from '../chains/index.ts';
import { reasonOf } from '../errors/index.ts';
import { fencedStore, fileStore } from '../store/index.ts';
import type { BotContext } from './bot.ts';
import type { BotSchema, Desk, ProcessDesk, ProcessSchema } from './openDesk.ts';

/**
 * Returns the stores of a bot on disk: one file for each name, of this bot on this chain. They are written
 * only while this copy holds the lease.
 */
export function storesOf<S extends BotSchema>(
  bot: string,
  chain: Chain,
  desk: Desk<S>,
): BotContext<unknown>['store'] {
  return storesIn(`${bot}-${chain.id}`, desk);
}

/** Returns the stores of a bot without a chain, under a prefix of its own. */
export function storesIn<S extends ProcessSchema>(
  prefix: string,
  { config, alerter, lease }: Pick<ProcessDesk<S>, 'config' | 'alerter' | 'lease'>,
): BotContext<unknown>['store'] {
  return (name, schema, empty) => {
    const path = join(config.STATE_DIR, `${prefix}-${name}.json`);
    const tell = (message: string, cause: unknown) =>
      alerter.observe([{ check: 'state-unreadable', failing: true, message, data: { cause } }]);
    const file = fileStore(path, schema, empty, (movedTo, cause) =>
      tell(`${name} could not be read and was set aside as ${movedTo}`, cause),
    );
    const readable = {
      ...file,
      // The cause is a file of another user or a broken disk. A bot without its memory is worth more than a
      // bot that does nothing.
      read: () =>
        file.read().catch(cause => {
          tell(`${path} cannot be read (${reasonOf(cause)}): the bot goes on without it`, cause);
          return empty();
        }),
    };
    return fencedStore(readable, () => lease.confirm());
  };
}
