import { describe, expect, it } from '@jest/globals';
import { notice } from '../../../test/support/notice.ts';
import { reaches, type Severity } from '../model/alert.ts';
import type { Channel } from './Channel.ts';
import { recipientsOf } from './recipientsOf.ts';

const channel = (name: string, least: Severity): Channel => ({
  name,
  wants: each => each.occasion !== 'news' && reaches(each, least),
  deliver: () => Promise.resolve(),
});

describe('an alert about a channel', () => {
  const failing = notice({ check: 'channel-failing', subject: 'slack', severity: 'error' });

  it('default: goes to the other channels that take errors', () => {
    const channels = [
      channel('slack', 'info'),
      channel('pagerduty', 'critical'),
      channel('telegram', 'error'),
    ];
    expect(recipientsOf(failing, channels)).toEqual(['telegram']);
  });

  it('behavior: pages where the pager takes critical alerts alone and nothing else is left', () => {
    const channels = [channel('slack', 'info'), channel('pagerduty', 'critical')];
    expect(recipientsOf(failing, channels)).toEqual(['pagerduty']);
    // A channel that was sent the alert gets the end.
    const resolved = { ...failing, occasion: 'resolved' as const };
    expect(recipientsOf(resolved, channels, ['pagerduty'])).toEqual(['pagerduty']);
  });

  it('behavior: waits for the channel itself if it is the only one', () => {
    expect(recipientsOf(failing, [channel('slack', 'info')])).toEqual(['slack']);
  });

  it('behavior: pages no pager for a warning, or for an alert about all channels', () => {
    const channels = [channel('slack', 'error'), channel('pagerduty', 'critical')];
    for (const [check, subject] of [
      ['state-unwritable', undefined],
      ['channel-moved', '-1001'],
    ] as const)
      expect(recipientsOf(notice({ check, subject, severity: 'warning' }), channels)).toEqual([]);
  });

  it('behavior: goes to a channel only if it takes such alerts, when it is about no channel', () => {
    expect(recipientsOf(notice({ severity: 'error' }), [channel('pagerduty', 'critical')])).toEqual([]);
  });
});
