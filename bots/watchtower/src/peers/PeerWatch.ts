import { type Clock, withDeadline } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Overview } from '../overview/schema.ts';
import { fetchOverview } from './fetchOverview.ts';
import { type Peer, type PeerTokens, tokenFor } from './peerList.ts';

/** What is known of another watchtower. Times are milliseconds since 1970 on this machine's clock. */
export interface SeenPeer {
  readonly peer: Peer;
  readonly askedSinceMs: number;
  /** Its last valid answer, and when that came. */
  readonly answer: { readonly overview: Overview; readonly atMs: number } | undefined;
  readonly silence: { readonly sinceMs: number; readonly polls: number; readonly reason: string } | undefined;
}

export interface PeerWatchOptions {
  readonly peers: readonly Peer[];
  readonly tokens: PeerTokens | undefined;
  readonly withinMs: number;
  readonly clock: Clock;
  /** This process: a peer with the same is this watchtower itself. */
  readonly instance: string;
}

/** A watchtower that looks less often than this at its bots looks no more. */
const leastPatienceMs = 60_000;
const patiencePolls = 4;
const mostPatienceMs = 20 * 60_000;

/** A peer that says that it looks once in a year stands still all the same. */
function patienceOf(pollSeconds: number): number {
  return Math.min(Math.max(patiencePolls * pollSeconds * 1000, leastPatienceMs), mostPatienceMs);
}

/** Asks the other watchtowers for what they show of their own deployments. */
export class PeerWatch {
  readonly #options: PeerWatchOptions;
  /** When each peer's last look changed, on the monotonic clock. */
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

  /** Asks every peer, beside the looks at the bots and never in their way, unless that is under way already. */
  look(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.poll().finally(() => {
      this.#isBusy = false;
    });
  }

  /** Never throws: an answer that cannot be used is a fact about its peer. */
  async poll(): Promise<readonly SeenPeer[]> {
    await Promise.all(
      this.#seen.map(async (each, i) => {
        const asked = await this.#ask(each);
        // A peer that hangs does not make the others old.
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
      const asked = fetchOverview(peer.url, withinMs, clock, tokenFor(peer, tokens));
      const overview = await withDeadline(asked, withinMs + 1_000, () => new Error('no complete answer'));
      if (overview.deployment.instance === instance) return silent('it is this watchtower itself');
      if (this.#standsStill(peer, overview)) return silent('it answers and looks at its bots no more');
      return { ...before, answer: { overview, atMs: clock.now() }, silence: undefined };
    } catch (error) {
      return silent(reasonOf(error));
    }
  }

  /** Its page is served, and its looks have ended. Measured by this machine, since the peer's clock may differ. */
  #standsStill({ name }: Peer, { at, deployment }: Overview): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#looked.get(name);
    if (known?.at !== at) this.#looked.set(name, { at, sinceMs: nowMs });
    else if (nowMs - known.sinceMs > patienceOf(deployment.pollSeconds)) return true;
    return false;
  }
}
