import type { Alert, Notice } from '../../src/alerts/index.ts';

/** A notice as the alerter creates it. */
export function notice(alert: Partial<Alert> = {}, changes: Partial<Omit<Notice, 'alert'>> = {}): Notice {
  return {
    id: 'notice-1',
    occasion: 'opened',
    at: Date.UTC(2026, 10, 21, 12),
    ...changes,
    alert: {
      dedupKey: 'keeper:broken:devnet:-',
      severity: 'error',
      bot: 'keeper',
      check: 'broken',
      chain: 'devnet',
      pool: undefined,
      subject: undefined,
      title: 'something broke',
      message: 'it broke',
      runbook: 'https://wiki.example.com/broken.md',
      owner: 'on-call',
      version: '1.2.3',
      since: Date.UTC(2026, 10, 21, 12),
      count: 1,
      data: {},
      ...alert,
    },
  };
}
