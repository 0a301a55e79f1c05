import type { AlertTable } from '@service-bots/core/alerts';
import { balanceAlerts } from '@service-bots/core/wallet';
import { checks } from './checks/index.ts';

/**
 * An alert for each check. A finding that no other endpoint confirms has a lower severity.
 */
const invariants: AlertTable = Object.fromEntries(
  checks.map(({ name, title, severity, worst, least }) => {
    const unconfirmed = severity === 'critical' ? 'error' : undefined;
    const mildest = least ?? unconfirmed;
    return [
      name,
      {
        title,
        severity,
        ...(worst ? { worst } : {}),
        ...(mildest ? { least: mildest } : {}),
        runbook: name,
      },
    ];
  }),
);

/** All alerts of the invariant bot, in addition to the runtime's alerts of every bot. */
export const invariantAlerts = {
  ...invariants,
  'check-indeterminate': {
    title: 'a check could not be decided',
    severity: 'error',
    runbook: 'check-indeterminate',
  },
  'blocks-skipped': {
    title: 'blocks were not checked',
    severity: 'warning',
    runbook: 'blocks-skipped',
    quietHours: 1,
  },
  'falling-behind': {
    title: 'the checks do not keep up with the chain',
    severity: 'error',
    runbook: 'falling-behind',
  },
  'trades-unread': {
    title: 'the trades of new blocks cannot be read',
    severity: 'error',
    runbook: 'trades-unread',
  },
  'low-headroom': {
    title: 'a pool comes close to failing a check',
    severity: 'warning',
    runbook: 'low-headroom',
  },
  'unknown-kind': {
    title: 'a pool is of an unknown kind',
    severity: 'warning',
    runbook: 'unknown-kind',
  },
  'no-pools': { title: 'there are no pools to watch', severity: 'error', runbook: 'no-pools' },
  'pool-unreadable': { title: 'a listed pool cannot be read', severity: 'error', runbook: 'pool-unreadable' },
  'overrides-stale': {
    title: 'the overrides file cannot be used as it is',
    severity: 'warning',
    runbook: 'overrides-stale',
  },
  'pause-failed': { title: 'a pool could not be paused', severity: 'critical', runbook: 'pause-failed' },
  'cannot-pause': { title: 'the bot cannot pause a pool', severity: 'error', runbook: 'pause-failed' },
  ...balanceAlerts,
  'pool-paused': {
    title: 'the bot paused a pool',
    severity: 'critical',
    runbook: 'pool-paused',
    quietHours: 24,
  },
} satisfies AlertTable;
