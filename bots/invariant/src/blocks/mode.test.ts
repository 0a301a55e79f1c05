import { describe, expect, it } from '@jest/globals';
import { invariantConfig } from '../config.ts';
import { blindSpotOf, modeOf } from './mode.ts';

const { INVARIANCE_CHECK_TIME: time, INVARIANCE_CHECK_EVENT_TRIGGER: trigger } = invariantConfig.shape;
const chosen = (seconds?: string, onTrades?: string) =>
  modeOf({
    INVARIANCE_CHECK_TIME: time.parse(seconds),
    INVARIANCE_CHECK_EVENT_TRIGGER: trigger.parse(onTrades),
  });

describe('how blocks are chosen', () => {
  it('checks every block by default, on every chain', () => {
    expect(chosen()).toEqual({ kind: 'every-block' });
    expect(blindSpotOf(chosen())).toBeUndefined();
  });

  it.each([
    ['3600', 'true', /seen up to 3600 s later, or at the next trade;/],
    ['3600', 'false', /seen up to 3600 s later;/],
    ['0', 'true', /seen in the next block that is checked, or at the next trade;/],
  ])(
    'says for INVARIANCE_CHECK_TIME=%s, on trades %s, when a theft without an event is seen',
    (seconds, onTrades, says) => {
      expect(blindSpotOf(chosen(seconds, onTrades))).toMatch(says);
    },
  );
});
