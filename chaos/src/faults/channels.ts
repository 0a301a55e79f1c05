import { setTimeout as delay } from 'node:timers/promises';
import { faults } from '@service-bots/devnet';
import type { ChannelKind, FaultKind } from '../history/index.ts';
import { channelKinds } from '../history/index.ts';
import type { ChannelFailure } from '../world/Channels.ts';
import type { FaultSpec } from './spec.ts';

const kindOf: Record<ChannelFailure, FaultKind> = {
  fail: 'channel-refuses',
  'bad-gateway': 'channel-refuses',
  'rate-limit': 'channel-refuses',
  'rate-limit-bare': 'channel-refuses',
  hang: 'channel-hangs',
  refuse: 'channel-cut',
};
const ways = Object.keys(kindOf) as ChannelFailure[];

const one: FaultSpec = {
  name: 'channel',
  weight: 5,
  lasts: [60, 420],
  group: 'channel',
  draw: draw => ({ channel: draw.pick(channelKinds), way: draw.pick(ways) }),
  describe: ({ channel, way }) => ({
    kind: kindOf[way as ChannelFailure],
    target: { channel: `${channel}` },
    makesImpossible: [{ act: 'deliver', channel: `${channel}` }],
  }),
  async begin({ channel, way }, world) {
    world.channels.behave(channel as ChannelKind, way as ChannelFailure);
    return async () => world.channels.behave(channel as ChannelKind, 'ok');
  },
};

/** No channel can be reached, as from a host whose way out is gone. */
const all: FaultSpec = {
  name: 'all channels',
  weight: 1.5,
  lasts: [60, 300],
  group: 'channel',
  draw: draw => ({ way: draw.pick(ways) }),
  describe: ({ way }) => ({
    kind: kindOf[way as ChannelFailure],
    target: {},
    makesImpossible: [{ act: 'deliver' }],
  }),
  async begin({ way }, world) {
    for (const channel of channelKinds) world.channels.behave(channel, way as ChannelFailure);
    return async () => {
      for (const channel of channelKinds) world.channels.behave(channel, 'ok');
    };
  },
};

const heartbeat: FaultSpec = {
  name: "dead man's switch",
  weight: 1,
  lasts: [60, 300],
  group: 'heartbeat',
  draw: draw => ({ way: draw.pick(['fail', 'hang', 'refuse'] as const) }),
  describe: () => ({ kind: 'heartbeat-cut', target: {}, makesImpossible: [] }),
  async begin({ way }, world) {
    world.channels.heartbeat.behave(way as 'fail');
    return async () => world.channels.heartbeat.behave('ok');
  },
};

/** The channels whose servers the bots reach by a name. */
const named: readonly ChannelKind[] = ['rollbar', 'pagerduty', 'telegram', 'webhook'];
const breakMs = 1_000;

/** The host's network breaks for a moment, and comes back without a name server. */
const withoutNames: FaultSpec = {
  name: 'no DNS',
  weight: 1.5,
  lasts: [60, 300],
  group: 'endpoint',
  draw: () => ({}),
  describe: () => ({
    kind: 'dns-gone',
    target: {},
    makesImpossible: [
      { act: 'read' },
      { act: 'send' },
      ...named.map(channel => ({ act: 'deliver' as const, channel })),
    ],
  }),
  async begin(_, world) {
    world.setNames(true);
    await Promise.all(world.endpoints.map(endpoint => endpoint.setFault(faults.reset)));
    await delay(breakMs);
    await Promise.all(world.endpoints.map(endpoint => endpoint.clear()));
    return async () => world.setNames(false);
  },
};

export const channelFaults: readonly FaultSpec[] = [one, all, heartbeat, withoutNames];
