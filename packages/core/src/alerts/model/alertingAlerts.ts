import type { AlertTable } from './alert.ts';

/**
 * The alerts about alerting itself. The subject is a channel's name, and the alert is not sent to that
 * channel while there are others. For `channel-moved` the subject is the old address.
 */
export const alertingAlerts = {
  'channel-failing': {
    title: 'a channel does not deliver alerts',
    severity: 'error',
    runbook: 'channel-failing',
  },
  'alerts-refused': {
    title: 'a channel rejected an alert permanently',
    severity: 'error',
    runbook: 'channel-failing',
    quietHours: 24,
  },
  'alerts-dropped': {
    title: 'alerts were discarded',
    severity: 'error',
    runbook: 'channel-failing',
    quietHours: 24,
  },
  'channel-moved': {
    title: 'the address of a channel has changed',
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
  },
} as const satisfies AlertTable;
