import { parseArgs } from 'node:util';
import type { Env } from '@service-bots/core/config';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { alertTables } from './alertTables.ts';
import { drill } from './drill.ts';
import { checkOwners } from './ownersCheck.ts';
import { reportDeploy } from './rollbarDeploy.ts';
import { setUpRollbar } from './rollbarSetup.ts';

const usage = `usage:
  owners check FILE              whether every check of every bot has an owner; - for standard input
  rollbar setup [--dry-run]      notification rules: critical pages, an error notifies
  rollbar deploy [BOT ...]       tells Rollbar what was deployed (all bots unless some are named)
  drill [CHANNEL]                a test alert through every channel, or through one`;

export interface Surroundings {
  env: Env;
  /** The checkout. */
  root: string;
  print(line: string): void;
}

/** @returns the exit code: 0 success, 1 a failure, 78 a wrong configuration */
export async function command(args: readonly string[], { env, root, print }: Surroundings): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'dry-run': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [what = '', ...more] = positionals;
    const tables = () => alertTables(root);
    if (what === 'drill') return (await drill(env, more[0], print)) ? 0 : 1;
    if (what === 'owners' && more[0] === 'check' && more[1] !== undefined) {
      checkOwners(more[1], { tables: await tables(), env, print });
      return 0;
    }
    if (what === 'rollbar' && more[0] === 'setup') {
      const isDry = values['dry-run'] ? { DRY_RUN: 'true' } : {};
      await setUpRollbar({ ...env, ...isDry }, await tables(), print);
      return 0;
    }
    if (what === 'rollbar' && more[0] === 'deploy') {
      const bots = more.length > 1 ? more.slice(1) : Object.keys(await tables());
      await reportDeploy(env, bots, print);
      return 0;
    }
    print(usage);
    return 78;
  } catch (error) {
    const isSetup = error instanceof SetupError;
    print(isSetup ? error.message : reasonOf(error));
    return isSetup ? 78 : 1;
  }
}
