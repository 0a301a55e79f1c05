import type { AlertTable } from './alert.ts';

/**
 * The alerts about alerting itself. The subject is a channel's name, and the alert is not sent to that
 * channel while there are others. For `channel-moved` the subject is the old address.
 */
export const alertingAlerts = {
  'channel-failing': {
    title: 'a channel takes no alerts',
    severity: 'error',
    runbook: 'channel-failing',
  },
  'alerts-refused': {
    title: 'a channel refused alerts for good',
    severity: 'error',
    runbook: 'channel-failing',
    quietHours: 24,
  },
  'alerts-dropped': {
    title: 'alerts were dropped',
    severity: 'error',
    runbook: 'channel-failing',
    quietHours: 24,
  },
  'channel-moved': {
    title: 'a channel has another address',
    severity: 'warning',
    runbook: 'channel-failing',
  },
  'state-unreadable': {
    title: 'saved state could not be read',
    severity: 'warning',
    runbook: 'state-unreadable',
    quietHours: 24,
  },
  'state-unwritable': {
    title: 'alerts cannot be saved',
    severity: 'warning',
    runbook: 'state-unreadable',
    quietHours: 24,
  },
} as const satisfies AlertTable;
