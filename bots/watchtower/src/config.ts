import { alertVariables } from '@service-bots/core/alerts';
import {
  address,
  endpointList,
  positiveInteger,
  runtimeVariables,
  seconds,
  secretText,
  text,
  together,
  variable,
  wholeNumber,
} from '@service-bots/core/config';
import { scheduleList } from '@service-bots/core/prizePool';
import { z } from 'zod';
import { chainIds } from './chainIds.ts';
import { type Peer, type PeerTokens, peerList, peerTokens } from './peers/peerList.ts';
import { type Target, targetList } from './targetList.ts';

const loopback = /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/i;

/** Returns whether an address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return loopback.test(host);
}

const shortestToken = 16;

/** Schema check: a page that other machines can reach needs a token, since it shows wallets and pools. */
const tokenBeyondLoopback = together<{ WATCHTOWER_HOST?: unknown; WATCHTOWER_TOKEN?: unknown }>(
  ({ WATCHTOWER_HOST: host, WATCHTOWER_TOKEN: token }) => {
    if (token instanceof Object && 'reveal' in token) {
      const text = (token as { reveal(): string }).reveal();
      if (text.length >= shortestToken) return [];
      const problem = `has fewer than ${shortestToken} characters and could be guessed`;
      return [{ variable: 'WATCHTOWER_TOKEN', problem }];
    }
    if (typeof host !== 'string' || isLoopback(host)) return [];
    const problem = `is not set, and WATCHTOWER_HOST is ${host}, which other machines may reach`;
    return [{ variable: 'WATCHTOWER_TOKEN', problem }];
  },
);

/** Schema check: each required chain belongs to a bot of the list. */
const chainsOfTargets = together<{ WATCHTOWER_TARGETS?: unknown; WATCHTOWER_CHAIN_IDS?: unknown }>(
  ({ WATCHTOWER_TARGETS: targets, WATCHTOWER_CHAIN_IDS: ids }) => {
    if (!Array.isArray(targets) || !(ids instanceof Map)) return [];
    return [...ids.keys()]
      .filter(name => !(targets as Target[]).some(target => target.name === name))
      .map(name => ({
        variable: 'WATCHTOWER_CHAIN_IDS',
        problem: `has an entry for ${name}, which is not in WATCHTOWER_TARGETS`,
      }));
  },
);

/** Schema check: where tokens are given by name, each peer has a token and each token has a peer. */
const tokensOfPeers = together<{ WATCHTOWER_PEERS?: unknown; WATCHTOWER_PEERS_TOKEN?: unknown }>(
  ({ WATCHTOWER_PEERS: peers, WATCHTOWER_PEERS_TOKEN: tokens }) => {
    if (!(tokens instanceof Object) || !('byName' in tokens)) return [];
    const { all, byName } = tokens as PeerTokens;
    const names = Array.isArray(peers) ? (peers as Peer[]).map(({ name }) => name) : [];
    const variable = 'WATCHTOWER_PEERS_TOKEN';
    // A name that is no peer's may be the beginning of a token. It is therefore not shown.
    const strange = Object.keys(byName).findIndex(name => !names.includes(name));
    if (strange >= 0)
      return [{ variable, problem: `has entry ${strange + 1} for a name that is not in WATCHTOWER_PEERS` }];
    if (all) return [];
    return names
      .filter(name => byName[name] === undefined)
      .map(name => ({ variable, problem: `has no entry for ${name}` }));
  },
);

/** The schema of all variables of the watchtower. */
export const watchtowerConfig = z
  .object({
    WATCHTOWER_TARGETS: variable(targetList(), {
      description:
        'The bots to watch, as name=URL of the status server, separated by commas; a name that is given twice means two copies of one bot',
      example: 'checkpoint=http://checkpoint:8080,invariant=http://invariant:8080',
    }),
    WATCHTOWER_POLL_SECONDS: variable(seconds({ min: 0.2, max: 300 }).prefault('10'), {
      description: 'Seconds between two looks at each bot',
      example: '5',
    }),
    WATCHTOWER_HOST: variable(text().prefault('127.0.0.1'), {
      description: 'Address that the page listens on; beyond this machine it needs WATCHTOWER_TOKEN',
      example: '0.0.0.0',
    }),
    WATCHTOWER_PORT: variable(wholeNumber({ min: 0, max: 65_535 }).prefault('8080'), {
      description: 'Port of the page; 0 takes any free one',
      example: '8090',
    }),
    WATCHTOWER_TOKEN: variable(secretText().optional(), {
      description:
        'Token that opens the page, as a bearer token or as the password of any user name; 16 characters or more',
      example: '4f9d0c6e2b7a41538e6d9a0b',
      secret: true,
      defaultText: 'no token: only this machine reaches the page',
    }),
    WATCHTOWER_CHAIN_IDS: variable(chainIds().optional(), {
      description: 'The chain that each bot has to be on, as name:chain id, separated by commas',
      example: 'checkpoint:1,keeper:143',
      defaultText: 'the chain that each bot was on when it was first seen',
    }),
    WATCHTOWER_VERSION: variable(text().optional(), {
      description: 'The version that every bot has to have',
      example: '0.2.0',
      defaultText: "the watchtower's own version",
    }),
    WATCHTOWER_CLOCK_TOLERANCE_SECONDS: variable(seconds({ min: 1, max: 3_600 }).prefault('5'), {
      description: "Seconds that a bot's clock may differ from the watchtower's",
      example: '5',
    }),
    WATCHTOWER_INVARIANT_BLOCKS: variable(positiveInteger({ max: 1_000_000 }).prefault('50'), {
      description: 'Blocks that an invariant bot may be behind the head that it has seen',
      example: '100',
    }),
    WATCHTOWER_LEAST_DAYS: variable(seconds({ min: 0, max: 365 }).prefault('3'), {
      description: 'Days for which the balance of a wallet has to last at the rate of the last 7 days',
      example: '7',
    }),
    WATCHTOWER_LEAST_ACTIONS: variable(wholeNumber({ min: 0, max: 1_000_000 }).prefault('5'), {
      description: "Actions that a wallet has to be able to pay for at today's fee",
      example: '10',
    }),
    WATCHTOWER_RPC_URL: variable(endpointList().optional(), {
      description:
        "http(s) URLs of nodes, on any of the bots' chains, to look what is overdue there; best of other providers than the bots have",
      example: 'https://mainnet.example.com/v2/your-key,https://monad.example.org/your-other-key',
      secret: true,
      defaultText: 'the chains are not read',
    }),
    WATCHTOWER_REGISTRY: variable(address().optional(), {
      description: 'Address of the Hyperdrive registry whose pools have to be watched',
      example: '0xbe082293b646cb619a638d29e8eff7cf2f46aa3a',
      defaultText: "the chain's public registry",
    }),
    WATCHTOWER_POOL_SCHEDULE: variable(scheduleList().optional(), {
      description:
        'Weekly anchor of each prize pool, in UTC, as address:weekday:hour or address:weekday:hour:minute, separated by commas: its rounds are watched on chain whatever the keeper says',
      example: '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888:Wed:13',
      defaultText: 'the pools that keepers name, by the anchors that these state',
    }),
    WATCHTOWER_POOL_MANIFEST: variable(text().optional(), {
      description:
        'Path or http(s) URL of a JSON list of the live prize pools: they are watched on chain, and compared with what the keepers drive',
      example: 'https://example.com/pools.json',
    }),
    WATCHTOWER_PEERS: variable(peerList().optional(), {
      description:
        'Watchtowers of other deployments, as name=URL of their page, separated by commas: they are watched, and their bots are shown on this page',
      example: 'monad=https://watchtower-2.example.com,base=http://10.0.0.8:8080',
      defaultText: 'this deployment is shown alone',
    }),
    WATCHTOWER_PEERS_TOKEN: variable(peerTokens().optional(), {
      description:
        'Token that opens the pages of all peers (their WATCHTOWER_TOKEN), or name=token for each of them, separated by commas or line breaks',
      example: 'monad=4f9d0c6e2b7a41538e6d9a0b,base=93b1d7c04e5f4a6688d2e0c1',
      secret: true,
      needs: 'WATCHTOWER_PEERS',
      defaultText: 'the peers are asked without a token',
    }),
    WATCHTOWER_ADDRESS: variable(text().optional(), {
      description: 'Address of this machine as operators reach it, for the page',
      example: 'bots-1.example.com',
      defaultText: "the addresses of the machine's own network interfaces",
    }),
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(tokenBeyondLoopback, chainsOfTargets, tokensOfPeers);

export type WatchtowerConfig = z.output<typeof watchtowerConfig>;
