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
    title: 'a trade changed the wallet by another amount than the pool reports',
    severity: 'critical',
    runbook: 'lpandarb-mismatch',
  },
  'lpandarb-ledger': {
    title: 'the ledger cannot be used',
    severity: 'error',
    runbook: 'lpandarb-ledger',
  },
} as const satisfies AlertTable;
