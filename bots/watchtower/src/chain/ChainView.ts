/** What the watchtower itself has read of a chain. Times are seconds of the chain, unless the name says ms. */
export interface ChainView {
  readonly chainId: number;
  readonly name: string;
  /** The block that everything was read at. */
  readonly block: number;
  readonly blockTime: number;
  /** This machine's time at that reading, ms since 1970. */
  readonly readAtMs: number;
  /** Hyperdrive pools that the registry lists; absent where no registry is known or it could not be read. */
  readonly listed: readonly string[] | undefined;
  /** Those that it has listed before, and since when it does not, ms since 1970. */
  readonly left: readonly { readonly address: string; readonly sinceMs: number }[];
  readonly hyperdrive: readonly HyperdriveView[];
  readonly prize: readonly PrizeView[];
  /** Every pool that was looked at, in lower case, whether it could be read or not. */
  readonly lookedAt: readonly string[];
  /** What a unit of gas costs in the next block, in wei. */
  readonly feeWei: bigint;
  readonly wallets: readonly WalletReading[];
}

/** A wallet of a bot, as the chain says. */
export interface WalletReading {
  readonly address: string;
  readonly balanceWei: bigint;
  /** Transactions that it has sent, ever. */
  readonly nonce: number;
}

export interface HyperdriveView {
  readonly address: string;
  readonly name: string;
  readonly checkpointDuration: number;
  /** Checkpoints of the past in which positions matured and which are not minted, the oldest first. */
  readonly unminted: readonly number[];
}

export type PrizeView = { readonly address: string } & (
  | { readonly due: 'none' }
  | { readonly due: 'commit'; readonly round: number; readonly eligibleAt: number }
  | { readonly due: 'settle'; readonly round: number; readonly targetBlock: number }
  | { readonly due: 'lost'; readonly round: number }
);
