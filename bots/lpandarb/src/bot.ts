import { createRequire } from 'node:module';
import type { Bot } from '@service-bots/core/runtime';
import { lpandarbAlerts } from './alerts.ts';
import { lpandarbConfig } from './config.ts';
import { discover } from './discover.ts';
import { callable, lpandarbFunctions, refusalOf } from './executing/policy.ts';
import { Memory } from './Memory.ts';
import type { LpandarbPool } from './reading/LpandarbPool.ts';
import { round } from './round.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/**
 * Returns the bot that keeps liquidity in Hyperdrive pools and moves their fixed rates towards the variable
 * ones where that pays.
 */
export function lpandarbBot(): Bot<typeof lpandarbConfig, LpandarbPool> {
  const memory = new Memory();
  return {
    name: 'lpandarb',
    version,
    config: lpandarbConfig,
    alerts: lpandarbAlerts,
    wallet: {
      keyVariable: 'LPANDARB_BOT_KEY',
      key: config => config.LPANDARB_BOT_KEY,
      functions: lpandarbFunctions,
      contracts: callable,
      refuses: (call, { wallet, targets, config }) => refusalOf(call, { wallet, pools: targets, config }),
      sendTo: config => config.SEND_RPC_URL,
      wanted: config => !config.PAPER,
    },
    cadence: config => ({
      lookEveryMs: config.LOOK_SECONDS * 1000,
      discoverEveryMs: config.DISCOVERY_SECONDS * 1000,
      errorsUntilCritical: config.ERRORS_UNTIL_CRITICAL,
      chainSpeed:
        config.BLOCK_TIME && config.BLOCK_TIMESTAMP_INTERVAL
          ? config.BLOCK_TIMESTAMP_INTERVAL / config.BLOCK_TIME
          : 1,
      blockTimeMs: config.BLOCK_TIME && config.BLOCK_TIME * 1000,
    }),
    discover,
    round: (ctx, pools) => round(ctx, pools, memory),
  };
}
