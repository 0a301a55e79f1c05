import type { AlertTable } from '@service-bots/core/alerts';
import { balanceAlerts } from '@service-bots/core/wallet';

/** The alerts of the lpandarb bot, in addition to those that the runtime raises for every bot. */
export const lpandarbAlerts = {
  ...balanceAlerts,
  'pool-unreadable': { title: 'a listed pool cannot be read', severity: 'error', runbook: 'pool-unreadable' },
  'lpandarb-left-alone': {
    title: 'a pool is not traded with',
    severity: 'warning',
    runbook: 'lpandarb-left-alone',
  },
  'lpandarb-halted': {
    title: 'trading has stopped',
    severity: 'warning',
    worst: 'critical',
    runbook: 'lpandarb-halted',
  },
  'lpandarb-mismatch': {
    title: 'a trade did not do to the wallet what the pool says',
    severity: 'critical',
    runbook: 'lpandarb-mismatch',
  },
  'lpandarb-ledger': {
    title: 'the ledger cannot be used',
    severity: 'error',
    runbook: 'lpandarb-ledger',
  },
} as const satisfies AlertTable;
