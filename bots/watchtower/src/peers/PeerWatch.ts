import { type Clock, withDeadline } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Overview } from '../overview/schema.ts';
import { fetchOverview } from './fetchOverview.ts';
import { type Peer, type PeerTokens, tokenFor } from './peerList.ts';

/** The state of another watchtower. Times are milliseconds since 1970 on this machine's clock. */
export interface SeenPeer {
  readonly peer: Peer;
  readonly askedSinceMs: number;
  /** The last valid answer of the peer, and its time. */
  readonly answer: { readonly overview: Overview; readonly atMs: number } | undefined;
  readonly silence: { readonly sinceMs: number; readonly polls: number; readonly reason: string } | undefined;
}

export interface PeerWatchOptions {
  readonly peers: readonly Peer[];
  readonly tokens: PeerTokens | undefined;
  readonly withinMs: number;
  readonly clock: Clock;
  /** The id of this process. A peer with the same id is this watchtower itself. */
  readonly instance: string;
}

/** The shortest time without a new look after which a watchtower counts as standing still. */
const leastPatienceMs = 60_000;
const patiencePolls = 4;
const mostPatienceMs = 20 * 60_000;

/**
 * Returns the patience with a peer, in ms. The upper limit also catches a peer that claims to look once a
 * year.
 */
function patienceOf(pollSeconds: number): number {
  return Math.min(Math.max(patiencePolls * pollSeconds * 1000, leastPatienceMs), mostPatienceMs);
}

/** Polls the other watchtowers for the overviews of their own deployments. */
export class PeerWatch {
  readonly #options: PeerWatchOptions;
  /** The last look of each peer, and the monotonic time at which it changed. */
  readonly #looked = new Map<string, { at: string; sinceMs: number }>();
  #seen: readonly SeenPeer[];
  #isBusy = false;

  constructor(options: PeerWatchOptions) {
    const { peers, clock } = options;
    this.#options = options;
    this.#seen = peers.map(peer => ({
      peer,
      askedSinceMs: clock.now(),
      answer: undefined,
      silence: undefined,
    }));
  }

  get seen(): readonly SeenPeer[] {
    return this.#seen;
  }

  /** Begins a poll of every peer, unless one is in progress. It never delays the looks at the bots. */
  look(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.poll().finally(() => {
      this.#isBusy = false;
    });
  }

  /** Polls every peer. The promise never rejects; an unusable answer is recorded for its peer. */
  async poll(): Promise<readonly SeenPeer[]> {
    await Promise.all(
      this.#seen.map(async (each, i) => {
        const asked = await this.#ask(each);
        // Each answer is stored at once, so a peer that hangs does not delay the others.
        this.#seen = this.#seen.with(i, asked);
      }),
    );
    return this.#seen;
  }

  async #ask(before: SeenPeer): Promise<SeenPeer> {
    const { withinMs, clock, tokens, instance } = this.#options;
    const { peer, silence } = before;
    const silent = (reason: string): SeenPeer => ({
      ...before,
      silence: { sinceMs: silence?.sinceMs ?? clock.now(), polls: (silence?.polls ?? 0) + 1, reason },
    });
    try {
      const asked = fetchOverview({ url: peer.url, withinMs, clock, token: tokenFor(peer, tokens) });
      const overview = await withDeadline(asked, withinMs + 1_000, () => new Error('no complete answer'));
      if (overview.deployment.instance === instance) return silent('it is this watchtower itself');
      if (this.#standsStill(peer, overview)) return silent('it answers and looks at its bots no more');
      return { ...before, answer: { overview, atMs: clock.now() }, silence: undefined };
    } catch (error) {
      return silent(reasonOf(error));
    }
  }

  /**
   * Returns whether a peer serves its page and looks at its bots no more. This machine measures the time,
   * since the peer's clock may differ.
   */
  #standsStill({ name }: Peer, { at, deployment }: Overview): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#looked.get(name);
    if (known?.at !== at) this.#looked.set(name, { at, sinceMs: nowMs });
    else if (nowMs - known.sinceMs > patienceOf(deployment.pollSeconds)) return true;
    return false;
  }
}
