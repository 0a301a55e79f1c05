import { join } from 'node:path';
import type { Chain } from '../chains/index.ts';
import { fencedStore, fileStore } from '../store/index.ts';
import type { BotContext } from './bot.ts';
import type { BotSchema, Desk } from './openDesk.ts';

/** What a bot keeps on disk: a file for each name, of this bot on this chain, written while this copy is the one that acts. */
export function storesOf<S extends BotSchema>(
  bot: string,
  chain: Chain,
  { config, alerter, lease }: Desk<S>,
): BotContext<unknown>['store'] {
  return (name, schema, empty) => {
    const path = join(config.STATE_DIR, `${bot}-${chain.id}-${name}.json`);
    const file = fileStore(path, schema, empty, (movedTo, cause) => {
      const message = `${name} could not be read and was set aside as ${movedTo}`;
      alerter.observe([{ check: 'state-unreadable', failing: true, message, data: { cause } }]);
    });
    return fencedStore(file, () => lease.confirm());
  };
}
