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

export const channelFaults: readonly FaultSpec[] = [one, all, heartbeat];
