import type { AlertTable } from '@service-bots/core/alerts';

/** All alerts of the checkpoint bot, in addition to the runtime's alerts of every bot. */
export const checkpointAlerts = {
  'low-balance': {
    title: 'the wallet runs low',
    severity: 'warning',
    worst: 'error',
    runbook: 'low-balance',
  },
  'pool-unreadable': { title: 'a listed pool cannot be read', severity: 'error', runbook: 'pool-unreadable' },
} as const satisfies AlertTable;
