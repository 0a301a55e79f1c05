import type { AlertTable } from '@service-bots/core/alerts';

/** All alerts of the example bot, in addition to the runtime's alerts of every bot. */
export const exampleAlerts = {
  'fee-high': { title: 'gas is expensive', severity: 'warning', runbook: 'fee-high' },
} satisfies AlertTable;
