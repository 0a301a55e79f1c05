import type { AlertTable } from '@service-bots/core/alerts';
import { balanceAlerts } from '@service-bots/core/wallet';

/** All alerts of the checkpoint bot, in addition to the runtime's alerts of every bot. */
export const checkpointAlerts = {
  ...balanceAlerts,
  'pool-unreadable': { title: 'a listed pool cannot be read', severity: 'error', runbook: 'pool-unreadable' },
} as const satisfies AlertTable;
