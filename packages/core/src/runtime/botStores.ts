import { join } from 'node:path';
import type { Alerter } from '../alerts/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Lease } from '../lease/index.ts';
import { fencedStore, fileStore } from '../store/index.ts';
import type { BotContext } from './bot.ts';

/**
 * Returns the stores of a bot on disk, one file for each name under the bot's own prefix. They are written
 * only while this copy holds the lease.
 */
export function botStores(
  prefix: string,
  {
    config,
    alerter,
    lease,
  }: { config: { STATE_DIR: string }; alerter: Pick<Alerter, 'observe'>; lease: Pick<Lease, 'confirm'> },
): BotContext<unknown>['store'] {
  return (name, schema, empty) => {
    const path = join(config.STATE_DIR, `${prefix}-${name}.json`);
    const tell = (message: string, cause: unknown) =>
      alerter.observe([{ check: 'state-unreadable', failing: true, message, data: { cause } }]);
    const file = fileStore({
      path,
      schema,
      empty,
      onUnreadable: (movedTo, cause) =>
        tell(`${name} could not be read and was set aside as ${movedTo}`, cause),
    });
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
