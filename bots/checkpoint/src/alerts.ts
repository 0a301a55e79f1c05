import type { AlertTable } from '@service-bots/core/alerts';

/** Everything the checkpoint bot can raise beside what the runtime raises for every bot. */
export const checkpointAlerts = {
  'low-balance': {
    title: 'the wallet runs low',
    severity: 'warning',
    worst: 'error',
    runbook: 'low-balance',
  },
  'pool-unreadable': { title: 'a listed pool cannot be read', severity: 'error', runbook: 'pool-unreadable' },
} as const satisfies AlertTable;
