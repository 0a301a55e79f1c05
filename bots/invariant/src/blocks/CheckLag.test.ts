import { describe, expect, it } from '@jest/globals';
import { blockOf, noon } from '../../test/view.ts';
import { CheckLag } from './SkippedBlocks.ts';

const minute = 60_000;
const head = blockOf(1_000, noon);
const behind = { head, oldestWaiting: blockOf(900, noon - 1_200), waiting: 101 };
const level = { head, oldestWaiting: undefined, waiting: 0 };

describe('falling behind', () => {
  it('default: is raised once blocks have been waiting for five minutes', () => {
    const lag = new CheckLag();
    expect(lag.observation(behind, 0).failing).toBe(false);
    expect(lag.observation(behind, 5 * minute - 1).failing).toBe(false);
    expect(lag.observation(behind, 5 * minute)).toMatchObject({
      failing: true,
      message:
        'blocks have been waiting to be checked for 5 minutes, now 101 of them: a theft would be reported 1200 s late. First: look at the response times of the nodes in /status',
      data: { from: 900, head: 1_000, waiting: 101, lateSeconds: 1_200 },
    });
  });

  it('is over once none waits, and counts anew', () => {
    const lag = new CheckLag();
    lag.observation(behind, 0);
    expect(lag.observation(level, 5 * minute).failing).toBe(false);
    expect(lag.observation(behind, 6 * minute).failing).toBe(false);
    expect(lag.observation(behind, 11 * minute).failing).toBe(true);
  });
});
