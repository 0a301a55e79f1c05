import { expect, it } from '@jest/globals';
import { fakeClock } from '../../../test/support/fakeClock.ts';
import { startGrace } from './retryUntilStopped.ts';

function started() {
  const clock = fakeClock();
  const status = { rounds: 0 };
  return { clock, status, isStarting: startGrace(status, clock, new AbortController().signal) };
}

it('default: lasts a minute', async () => {
  const { clock, isStarting } = started();
  await clock.advance(59_000);
  expect(isStarting()).toBe(true);
  await clock.advance(1_000);
  expect(isStarting()).toBe(false);
});

it('behavior: ends with the first round that completes: the network is up', () => {
  const { status, isStarting } = started();
  status.rounds = 1;
  expect(isStarting()).toBe(false);
});
