import type { AlertTable } from '@service-bots/core/alerts';
import { balanceAlerts } from '@service-bots/core/wallet';

/** All alerts of the keeper, in addition to the runtime's alerts of every bot. */
export const keeperAlerts = {
  'draw-lost': { title: 'a draw was lost', severity: 'critical', least: 'info', runbook: 'draw-lost' },
  overdue: {
    title: 'an action of a pool is overdue',
    severity: 'error',
    worst: 'critical',
    runbook: 'overdue',
  },
  'anchor-shifted': {
    title: 'a pool is off its schedule',
    severity: 'error',
    least: 'warning',
    runbook: 'missed-anchor',
  },
  quarantined: {
    title: 'an action of a pool is refused or has no effect',
    severity: 'error',
    worst: 'critical',
    runbook: 'quarantined',
  },
  'view-unread': {
    title: 'a pool cannot be read completely',
    severity: 'warning',
    worst: 'error',
    runbook: 'view-unread',
  },
  ...balanceAlerts,
  'clock-skew': { title: "this machine's clock is wrong", severity: 'error', runbook: 'clock-skew' },
  'pool-paused': { title: 'a pool is paused', severity: 'warning', runbook: 'pool-governance' },
  'pool-was-paused': {
    title: 'a pool was paused for a while, without an alert at that time',
    severity: 'warning',
    runbook: 'pool-governance',
    quietHours: 1,
  },
  'owner-changed': {
    title: 'the owner of a pool changes',
    severity: 'error',
    runbook: 'pool-governance',
    quietHours: 1,
  },
  'ticket-price-changed': {
    title: 'the ticket price of a pool changed',
    severity: 'warning',
    runbook: 'pool-governance',
    quietHours: 1,
  },
  'governance-unread': {
    title: 'governance events could not be read',
    severity: 'warning',
    runbook: 'governance-unread',
  },
  'pool-stalled': {
    title: 'a pool has made no progress for two periods',
    severity: 'error',
    runbook: 'pool-list',
  },
  'pool-manifest': {
    title: 'the driven pools differ from the live ones',
    severity: 'error',
    runbook: 'pool-list',
  },
  'manifest-unreadable': {
    title: 'the list of live pools could not be read',
    severity: 'warning',
    runbook: 'pool-list',
  },
} as const satisfies AlertTable;
