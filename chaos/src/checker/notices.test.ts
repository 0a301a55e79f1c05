import { describe, expect, it } from '@jest/globals';
import { type ChannelKind, channelKinds, type Delivery } from '../history/index.ts';
import { checkTitles } from './checks.ts';
import { readNotices } from './notices.ts';

const pool = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9';
const lines = (first: string) =>
  `${first}\nthe wallet holds 0.05 ETH\nbot: keeper\nchain: devnet\npool: ${pool}\ncheck: pool-paused\nowner: on-call`;
const alert = (occasion: string) => ({
  bot: 'keeper',
  check: 'pool-paused',
  chain: 'devnet',
  dedupKey: `keeper:pool-paused:devnet:${pool}`,
  severity: 'warning',
  pool,
  since: 1_796_094_314_250,
  occasion,
});
const html = (text: string) =>
  JSON.stringify({ text: text.replace(/^(.*)$/m, '<b>$1</b>'), parse_mode: 'HTML' });
const slack = (text: string) =>
  JSON.stringify({
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: text.replace(/^(.*)$/m, '*$1*') } }],
  });
const discord = (text: string) =>
  JSON.stringify({ embeds: [{ description: text.replace(/^(.*)$/m, '**$1**').replaceAll('_', '\\_') }] });
const mail = (text: string) =>
  `Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${Buffer.from(text)
    .toString('latin1')
    .replaceAll('=', '=3D')
    .replace(/[\x80-\xff]/g, each => `=${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace('keeper', 'kee=\r\nper')}`;

/** The bodies that real bots sent, shortened: the opening and the end of one alert. */
const bodies: Readonly<Record<ChannelKind, readonly [opened: string, resolved: string]>> = {
  webhook: [
    JSON.stringify({ id: '1', at: 1_796_094_314_280, occasion: 'opened', alert: alert('opened') }),
    JSON.stringify({ id: '2', at: 1_796_094_320_000, occasion: 'resolved', alert: alert('resolved') }),
  ],
  rollbar: [
    JSON.stringify({ data: { uuid: '1', timestamp: 1_796_094_314, custom: { alert: alert('opened') } } }),
    JSON.stringify({ data: { uuid: '2', timestamp: 1_796_094_320, custom: { alert: alert('resolved') } } }),
  ],
  pagerduty: [
    JSON.stringify({
      event_action: 'trigger',
      dedup_key: `keeper:pool-paused:devnet:${pool}#1`,
      payload: {
        summary: '[pool-paused] a pool is paused',
        severity: 'warning',
        timestamp: '2026-12-01T03:05:14.250Z',
      },
    }),
    JSON.stringify({ event_action: 'resolve', dedup_key: `keeper:pool-paused:devnet:${pool}#1` }),
  ],
  telegram: [html(lines('🟡 warning: a pool is paused')), html(lines('✅ resolved: a pool is paused'))],
  slack: [slack(lines('🟡 warning: a pool is paused')), slack(lines('✅ resolved: a pool is paused'))],
  discord: [discord(lines('🟡 warning: a pool is paused')), discord(lines('✅ resolved: a pool is paused'))],
  email: [mail(lines('🟡 warning: a pool is paused')), mail(lines('✅ resolved: a pool is paused'))],
};

const delivered = (kind: ChannelKind, body: string): Delivery => ({
  channel: kind,
  arrivedAtMs: 1_000,
  isAccepted: true,
  outcome: 200,
  path: '/',
  headers: {},
  body,
});
const read = (kind: ChannelKind, ...all: readonly string[]) =>
  readNotices(
    all.map(body => delivered(kind, body)),
    kind,
    ms => ms + 5,
  );

describe('the notices of a channel', () => {
  it.each(channelKinds)('%s: name the bot, the check, the pool and the occasion', kind => {
    const { notices, unreadable } = read(kind, ...bodies[kind]);
    expect(unreadable).toEqual([]);
    const about = { bot: 'keeper', check: 'pool-paused', pool, arrivedMs: 1_005 };
    expect(notices).toEqual([
      expect.objectContaining({ ...about, occasion: 'raised', severity: 'warning' }),
      expect.objectContaining({ ...about, occasion: 'resolved' }),
    ]);
    expect(new Set(notices.map(({ key }) => key)).size).toBe(1);
    expect(new Set(notices.map(({ identity }) => identity)).size).toBe(2);
  });

  it('are read from a message about many of them', () => {
    const titleOf = (name: string) => checkTitles.find(([check]) => check === name)?.[1];
    const text = [
      'keeper (monad): 22 notices at once',
      `🟡 warning: ${titleOf('pool-paused')} (21 of them: 0xCf7E…0Fc9, … 17 more): 0xCf7E…0Fc9 is paused`,
      `✅ resolved: ${titleOf('low-balance')}: the wallet holds 0.05 ETH`,
    ].join('\n');
    expect(read('telegram', html(text)).notices).toEqual([
      expect.objectContaining({ bot: '', check: 'pool-paused', occasion: 'raised', severity: 'warning' }),
      expect.objectContaining({ bot: '', check: 'low-balance', occasion: 'resolved' }),
    ]);
  });

  it('name the same bot where the deployment has a name', () => {
    const text = lines('🟡 warning: a pool is paused').replace('bot: keeper', 'bot: keeper (monad)');
    const resolve = JSON.stringify({
      event_action: 'resolve',
      dedup_key: `monad:keeper:pool-paused:devnet:${pool}`,
    });
    const about = { bot: 'keeper', check: 'pool-paused', pool };
    expect(read('telegram', html(text)).notices).toEqual([expect.objectContaining(about)]);
    expect(read('pagerduty', resolve).notices).toEqual([expect.objectContaining(about)]);
  });

  it('tell news from alerts', () => {
    const news = 'ℹ️ a round was committed\n0xe7f1…0512: round 1\nbot: keeper\nchain: devnet';
    expect(read('slack', slack(news)).notices).toEqual([
      expect.objectContaining({ bot: 'keeper', occasion: 'news' }),
    ]);
  });

  it('leave out what the service did not accept, and hand over what they cannot read', () => {
    const refused = { ...delivered('webhook', bodies.webhook[0]), isAccepted: false };
    const { notices, unreadable } = readNotices([refused, delivered('webhook', '[]')], 'webhook', ms => ms);
    expect(notices).toEqual([]);
    expect(unreadable).toEqual([{ channel: 'webhook', arrivedMs: 1_000, body: '[]' }]);
  });
});
