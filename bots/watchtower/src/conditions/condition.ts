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

/** The facts on which all conditions decide. */
export interface Deployment {
  readonly watched: readonly Watched[];
  /** Milliseconds since 1970 on this machine's clock. */
  readonly nowMs: number;
  readonly pollMs: number;
  readonly wantedVersion: string;
  /** The time at which another version was last wanted, ms since 1970; -Infinity where none is known of. */
  readonly wantedSinceMs: number;
  /** The chain that the operator requires for a bot, by the bot's name. */
  readonly chainIds: ReadonlyMap<string, number>;
  readonly clockToleranceMs: number;
  readonly mostBlocksBehind: number;
  readonly wallets: readonly WalletFacts[];
  readonly leastDays: number;
  readonly leastActions: number;
  /** The operator's anchors of prize pools, by address in lower case. */
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** The list of live prize pools; undefined where none is configured. */
  readonly live: LivePools | undefined;
  /** The chains as the watchtower itself has read them; the next field holds the failed readings. */
  readonly chains: readonly ChainView[];
  readonly chainProblems: ReadonlyMap<string, string | undefined>;
  /** The other watchtowers. */
  readonly peers: readonly SeenPeer[];
}

/** The result of one condition for one subject. A subject that could not be examined has no finding. */
export type Finding = {
  readonly check: Check;
  /** The process, the bot, the wallet or the chain that the finding is about. */
  readonly subject: string;
  readonly pool?: string;
} & (
  | { readonly failing: false }
  | {
      readonly failing: true;
      readonly severity: Severity;
      /**
       * The text for the operator: the problem, where, since when and how bad; the meaning for money; the
       * first step.
       */
      readonly message: string;
      /** The time in ms for which the condition has to hold before it is raised. */
      readonly patienceMs: number;
      /** The bot's own alert for the same condition. The watchtower does not raise it a second time. */
      readonly raisedByBot?: StatusAlert | undefined;
    }
);

/** A pure function from the facts of a deployment to its findings. */
export type Condition = (deployment: Deployment) => Finding[];

/** Bots discover pools every ten minutes by default. */
const discoveryMs = 15 * 60_000;

/** Returns whether a change of a list is so recent that the bots may not have followed it yet. */
export function isRecent(changedAtMs: number | undefined, nowMs: number): boolean {
  return changedAtMs !== undefined && nowMs - changedAtMs < discoveryMs;
}

/** Returns a patience, in ms, after which the next look has to confirm a finding. */
export function untilNextLook({ pollMs }: Deployment): number {
  return pollMs / 2;
}
