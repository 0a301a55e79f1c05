import { createRequire } from 'node:module';
import { readHead } from '@service-bots/core/rpc';
import type { Bot } from '@service-bots/core/runtime';
import { exampleAlerts } from './alerts.ts';
import { exampleConfig } from './config.ts';
import { feeFinding } from './feeFinding.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Raises an alert while gas is expensive. The bot looks after no contract and has no wallet. */
export const exampleBot: Bot<typeof exampleConfig> = {
  name: 'example',
  version,
  config: exampleConfig,
  alerts: exampleAlerts,
  cadence: () => ({ lookEveryMs: 60_000, discoverEveryMs: 600_000, errorsUntilCritical: 5, chainSpeed: 1 }),
  discover: async () => ({ targets: [], observations: [] }),
  async round({ provider, config }) {
    const block = await readHead(provider);
    return { block, targets: [], observations: [feeFinding(block, config.EXAMPLE_MOST_GWEI)] };
  },
};
