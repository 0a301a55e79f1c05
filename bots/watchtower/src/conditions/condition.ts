import type { Severity } from '@service-bots/core/alerts';
import type { StatusAlert } from '@service-bots/core/botStatus';
import type { Anchor } from '@service-bots/core/prizePool';
import type { watchtowerAlerts } from '../alerts.ts';
import type { ChainView } from '../chain/ChainView.ts';
import type { LivePools } from '../chain/LiveList.ts';
import type { SeenPeer } from '../peers/PeerWatch.ts';
import type { Watched } from '../polling/watched.ts';
import type { WalletFacts } from '../wallets.ts';

export type Check = keyof typeof watchtowerAlerts;

/** Everything that a condition decides on. */
export interface Deployment {
  readonly watched: readonly Watched[];
  /** Milliseconds since 1970 on this machine's clock. */
  readonly nowMs: number;
  readonly pollMs: number;
  readonly wantedVersion: string;
  /** The chain that the operator gave for a bot, by name. */
  readonly chainIds: ReadonlyMap<string, number>;
  readonly clockToleranceMs: number;
  readonly mostBlocksBehind: number;
  readonly wallets: readonly WalletFacts[];
  readonly leastDays: number;
  readonly leastActions: number;
  /** The anchors of prize pools that the operator gave, by address in lower case. */
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** The list of live prize pools; undefined where none is configured. */
  readonly live: LivePools | undefined;
  /** What the watchtower itself has read of the chains, and what it could not read. */
  readonly chains: readonly ChainView[];
  readonly chainProblems: ReadonlyMap<string, string | undefined>;
  /** The other watchtowers. */
  readonly peers: readonly SeenPeer[];
}

/** A condition that was looked at. One that could not be looked at has no finding. */
export type Finding = {
  readonly check: Check;
  /** The process, the bot or the wallet that it is about. */
  readonly subject: string;
  readonly pool?: string;
} & (
  | { readonly failing: false }
  | {
      readonly failing: true;
      readonly severity: Severity;
      /** What is wrong, where, since when, how bad; what it means for money; what to do first. */
      readonly message: string;
      /** How long it has to hold, in ms, before it is raised. */
      readonly patienceMs: number;
      /** The bot's own alert for the same condition: it is not raised a second time. */
      readonly raisedByBot?: StatusAlert | undefined;
    }
);

/** A pure function from what is known to what holds and what does not. */
export type Condition = (deployment: Deployment) => Finding[];

/** A finding that the next look has to confirm. */
export function untilNextLook({ pollMs }: Deployment): number {
  return pollMs / 2;
}
