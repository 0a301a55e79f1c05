import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AlertTable } from '@service-bots/core/alerts';
import { SetupError } from '@service-bots/core/errors';
import { runtimeAlerts } from '@service-bots/core/runtime';

/**
 * Returns all alerts of each bot of this checkout, by the bot's name; read from the built code, as for the
 * documentation.
 * @throws SetupError when a bot is not built
 */
export async function alertTables(root: string): Promise<Record<string, AlertTable>> {
  const names = readdirSync(join(root, 'bots')).filter(name => existsSync(join(root, 'bots', name, 'src')));
  const entries = names.map(async (name): Promise<[string, AlertTable]> => {
    const file = join(root, 'bots', name, 'dist', 'alerts.js');
    if (!existsSync(file)) throw new SetupError(`the bot ${name} is not built: pnpm build`);
    const module = (await import(pathToFileURL(file).href)) as Record<string, AlertTable | undefined>;
    const own = module[`${name}Alerts`];
    if (!own) throw new SetupError(`${file} exports no ${name}Alerts`);
    return [name, { ...runtimeAlerts, ...own }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
