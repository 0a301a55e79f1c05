/**
 * The state of a chain as the watchtower itself has read it. Times are seconds of the chain, unless the name
 * says ms.
 */
export interface ChainView {
  readonly chainId: number;
  readonly name: string;
  /** The block of the whole reading. */
  readonly block: number;
  readonly blockTime: number;
  /** This machine's time at that reading, ms since 1970. */
  readonly readAtMs: number;
  /**
   * The Hyperdrive pools that the registry lists; undefined where no registry is known or it could not be
   * read.
   */
  readonly listed: readonly string[] | undefined;
  /** The pools that the registry has ceased to list, and since when, ms since 1970. */
  readonly left: readonly { readonly address: string; readonly sinceMs: number }[];
  /** The pools that the registry has begun to list, and since when, ms since 1970. */
  readonly added: readonly { readonly address: string; readonly sinceMs: number }[];
  readonly hyperdrive: readonly HyperdriveView[];
  readonly prize: readonly PrizeView[];
  /** Every pool of the reading, in lower case, including pools that could not be read. */
  readonly lookedAt: readonly string[];
  /** The price of a unit of gas in the next block, in wei. */
  readonly feeWei: bigint;
  readonly wallets: readonly WalletReading[];
}

/** A wallet of a bot, as the chain reports it. */
export interface WalletReading {
  readonly address: string;
  readonly balanceWei: bigint;
  /** The number of all transactions that the wallet has sent. */
  readonly nonce: number;
}

export interface HyperdriveView {
  readonly address: string;
  readonly name: string;
  readonly checkpointDuration: number;
  /** Past checkpoints in which positions matured and which are not minted, the oldest first. */
  readonly unminted: readonly number[];
}

export type PrizeView = { readonly address: string } & (
  | { readonly due: 'none' }
  | { readonly due: 'commit'; readonly round: number; readonly eligibleAt: number }
  | { readonly due: 'settle'; readonly round: number; readonly targetBlock: number }
  | { readonly due: 'lost'; readonly round: number }
);
