import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BotProcess,
  type BotProcessOptions,
  type PrizePools,
  roles,
  startBotProcess,
  temporaryFolder,
} from '@service-bots/devnet';

/** The bot as its users run it. */
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The folder for each bot's state. */
const stateRoot = temporaryFolder('keeper-bench-');

/** Starts the keeper for all pools, without earlier state; `env` overrides the defaults. */
export async function startKeeper(
  { anvil, pools }: PrizePools,
  env: Readonly<Record<string, string>> = {},
  options: BotProcessOptions = {},
): Promise<BotProcess> {
  const keeper = startBotProcess(
    entry,
    {
      RPC_URL: anvil.rpcUrl,
      PRIVATE_KEY: roles.bot.privateKey,
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
      STATE_DIR: mkdtempSync(join(stateRoot, 'bot-')),
      LOG_LEVEL: 'debug',
      KEEPER_INTERVAL_MS: '1000',
      ...env,
    },
    options,
  );
  await keeper.waitForLine(({ message }) => message === 'watching');
  return keeper;
}

export function poolsOf({ pools }: PrizePools): string {
  return pools.length === 1 ? '1 pool' : `${pools.length} pools`;
}
