import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Alerter, type Channel, type Observation } from '../src/alerts/index.ts';
import { type EveryChannel, httpChannelNames, openEveryChannel } from './support/everyChannel.ts';
import { fakeClock } from './support/fakeClock.ts';
import { recordingLogger } from './support/recordingLogger.ts';

let all: EveryChannel;
let alerts: Alerter;
afterEach(async () => {
  alerts.close();
  await all.close();
});

/** An alerter over real channels and a fake clock, which stands still while any request is on its way. */
async function alerter(names: readonly (typeof httpChannelNames)[number][], attemptMs = 10_000) {
  const clock = fakeClock(Date.UTC(2026, 10, 21));
  all = await openEveryChannel({}, [], {
    telegram: { limits: { perSecond: 1, perMinute: 20 }, now: clock.now },
  });
  let onTheirWay = 0;
  const watched = names.map((name): Channel => {
    const { channel } = all[name];
    return {
      ...channel,
      async deliver(notices, signal) {
        onTheirWay += 1;
        await channel.deliver(notices, signal).finally(() => {
          onTheirWay -= 1;
        });
      },
    };
  });
  alerts = new Alerter({
    bot: 'keeper',
    chain: () => 'devnet',
    version: '1.2.3',
    table: {},
    runbookUrl: 'https://wiki.example.com',
    channels: watched,
    clock,
    logger: recordingLogger([]),
    redact: all.redact,
    attemptMs,
  });
  const pass = async (isEnough: () => boolean) => {
    while (!isEnough()) await (onTheirWay > 0 ? nextTurn() : clock.advance(100));
  };
  return { clock, pass };
}

const failing = (check: string): Observation => ({
  check,
  failing: true,
  severity: 'critical',
  message: `${check}!`,
});
const waiting = () => alerts.channels.reduce((sum, state) => sum + state.waiting, 0);

describe.each(httpChannelNames)('%s', name => {
  it.each(['fail', 'bad-gateway', 'rate-limit', 'rate-limit-bare', 'refuse'] as const)(
    'behavior: %s: what was told meanwhile arrives once it is well again, once',
    async behaviour => {
      const { pass } = await alerter([name]);
      const { sink } = all[name];
      sink.behave(behaviour, 2);
      alerts.observe([failing('broken')]);
      await pass(() => waiting() === 0);
      expect(sink.items).toHaveLength(1);
      expect(sink.requests).toHaveLength(3);
      expect(alerts.channels[0]).toMatchObject({ delivered: 1, failures: 2, refused: 0, dropped: 0 });
    },
  );

  it('behavior: hang: it is tried again, and arrives', async () => {
    const { pass } = await alerter([name], 300);
    all[name].sink.behave('hang', 1);
    alerts.observe([failing('broken')]);
    await pass(() => waiting() === 0);
    expect(all[name].sink.requests[0]?.outcome).toBe('hang');
    expect(all[name].sink.items[0]?.rawBody).toContain('broken!');
  });

  it('behavior: delivers the others when one is rejected permanently', async () => {
    const { pass } = await alerter([name]);
    all[name].sink.behave('reject', name === 'telegram' ? 2 : 1);
    alerts.observe([failing('bad'), failing('good')]);
    await pass(() => waiting() === 0);
    expect(alerts.channels[0]).toMatchObject({ refused: 1, failures: 0 });
    expect(all[name].sink.items.filter(({ rawBody }) => rawBody.includes('good!'))).toHaveLength(1);
  });
});

it('an outage that 10 checks see on 100 pools is five messages on Telegram, each check in all of them, and nothing is left out', async () => {
  const { pass } = await alerter(['telegram']);
  const pools = Array.from({ length: 100 }, (_, i) => `0x${String(i).padStart(40, '0')}`);
  const checks = Array.from({ length: 10 }, (_, i) => `check-${i}`);
  alerts.observe(pools.flatMap(pool => checks.map(check => ({ ...failing(check), pool }))));
  await pass(() => waiting() === 0);
  const texts = all.telegram.sink.items.map(({ rawBody }) => (JSON.parse(rawBody) as { text: string }).text);
  expect(texts).toHaveLength(5);
  for (const text of texts) {
    expect(text).toContain('200 notices at once');
    for (const check of checks) expect(text).toContain(`critical: ${check} (20 of them: 0x0000…`);
    expect(text).toContain('… 16 more): check-3!');
  }
  expect(alerts.channels[0]).toMatchObject({ delivered: 1_000, dropped: 0, refused: 0 });
});

it('200 different criticals at once: Rollbar and PagerDuty have each, Telegram tells all at the pace it allows', async () => {
  const { clock, pass } = await alerter(['rollbar', 'pagerduty', 'telegram']);
  const { rollbar, pagerduty, telegram } = all;
  const checks = Array.from({ length: 200 }, (_, index) => `check-${index}`);
  const began = clock.now();
  alerts.observe(checks.map(failing));
  await pass(() => waiting() === 0);
  for (const { sink } of [rollbar, pagerduty]) {
    expect(sink.items).toHaveLength(200);
    const bodies = sink.items.map(({ rawBody }) => rawBody).join('\n');
    for (const check of checks) expect(bodies).toContain(`"keeper:${check}:devnet:-"`);
  }
  // No message was refused, and the messages were at least three seconds apart.
  expect(telegram.sink.requests.map(({ outcome }) => outcome)).toEqual(Array(10).fill(200));
  expect(clock.now() - began).toBeGreaterThanOrEqual(27_000);
  const told = telegram.sink.items.map(({ rawBody }) => rawBody).join('\n');
  for (const check of checks) expect(told).toContain(`${check}!`);
});
