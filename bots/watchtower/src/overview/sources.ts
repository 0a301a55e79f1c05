import type { OpenAlert } from '@service-bots/core/alerts';
import type { ChainReadings } from '../chain/ChainWatch.ts';
import type { Watched } from '../polling/watched.ts';
import type { WalletFacts } from '../wallets.ts';
import type { HostFacts } from './hostFacts.ts';
import type { Event } from './schema.ts';

/** The sources of the overview. Times are milliseconds since 1970. */
export interface Sources {
  readonly nowMs: number;
  readonly pollMs: number;
  readonly name: string;
  readonly version: string;
  readonly startedAtMs: number;
  /** The random id of this process. */
  readonly instance: string;
  readonly watched: readonly Watched[];
  /** The chains as the watchtower itself reads them. */
  readonly chains: ChainReadings;
  /** The watchtower's own open alerts. */
  readonly ownAlerts: readonly OpenAlert[];
  /** The facts about this machine. */
  readonly here: HostFacts;
  readonly wallets: readonly WalletFacts[];
  /** The key holders of each wallet, by the name of a bot or by an address in lower case. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly timeline: readonly Event[];
  /** The time since which no problem has been present; undefined while one is. */
  readonly wellSinceMs: number | undefined;
}
