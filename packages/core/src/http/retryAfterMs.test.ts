import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retryAfterMs.ts';

describe('retryAfterMs', () => {
  it('default: reads seconds, not milliseconds', () => expect(retryAfterMs('2', 0)).toBe(2_000));
  it('behavior: reads a date', () =>
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000));
  it.each(['0', '0.0', 'Thu, 01 Jan 1970 00:00:01 GMT'])('behavior: %s asks for no pause', header =>
    expect(retryAfterMs(header, 4_000)).toBeUndefined(),
  );
  it.each(['86400', '9'.repeat(400), 'Fri, 02 Jan 1970 00:00:00 GMT'])(
    'behavior: cuts %s to the longest pause',
    header => expect(retryAfterMs(header, 0, 30_000)).toBe(30_000),
  );
  it.each(['soon', '-5', '+5', '5,6', '5 minutes', 'PT60S', '', ' '])(
    'behavior: %j is no valid value',
    header => expect(retryAfterMs(header, 4_000)).toBeUndefined(),
  );
  it('behavior: returns undefined without a header', () =>
    expect(retryAfterMs(undefined, 0)).toBeUndefined());
});
