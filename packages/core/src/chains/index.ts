/**
 * One line a chain: everything that differs between chains stands here and nowhere else.
 * First blocks and registries: the public Hyperdrive deployments; Monad's figures: its own documentation.
 */
export interface Chain {
  id: number;
  name: string;
  /** Symbol of the native currency that gas is paid in. */
  currency: string;
  /** Usual time between blocks. */
  blockTimeMs: number;
  /** Gas limit = estimate × this / 100. Small where the limit, not the use, is charged. */
  gasMarginPercent: bigint;
  /** Priority fee when the node suggests none. */
  defaultTipWei: bigint;
  /** Warn when a wallet holds less. */
  lowBalanceWei: bigint;
  /** How many transactions of one wallet may wait in the mempool at a time. */
  maxInFlight: number;
  /** Base URL of a block explorer; `${explorer}/tx/${hash}`. */
  explorer?: string;
  /** First block that can hold a Hyperdrive pool; nothing older is worth a look. */
  firstBlock: number;
  /** The Hyperdrive registry, where there is one. */
  registry?: string;
  /** A development chain on this machine: throwaway wallets may be funded there. */
  local: boolean;
}

const gwei = 10n ** 9n;
const ether = 10n ** 18n;

const common = {
  currency: 'ETH',
  blockTimeMs: 2_000,
  gasMarginPercent: 125n,
  defaultTipWei: gwei / 1000n,
  lowBalanceWei: ether / 100n,
  maxInFlight: 16,
  firstBlock: 0,
  local: false,
};

// biome-ignore format: a table
const chains: readonly Chain[] = [
  { ...common, id: 1, name: 'mainnet', blockTimeMs: 12_000, defaultTipWei: gwei / 10n, lowBalanceWei: ether / 10n, explorer: 'https://etherscan.io', firstBlock: 20_180_600, registry: '0xbe082293b646cb619a638d29e8eff7cf2f46aa3a' },
  { ...common, id: 100, name: 'gnosis', currency: 'xDAI', blockTimeMs: 5_000, defaultTipWei: gwei, lowBalanceWei: ether / 10n, explorer: 'https://gnosisscan.io', firstBlock: 35_732_200, registry: '0x666fa9ef9bca174a042c4c306b23ba8ee0c59666' },
  { ...common, id: 143, name: 'monad', currency: 'MON', blockTimeMs: 400, gasMarginPercent: 108n, defaultTipWei: 2n * gwei, lowBalanceWei: ether / 5n, maxInFlight: 1, explorer: 'https://monadvision.com' },
  { ...common, id: 8453, name: 'base', explorer: 'https://basescan.org', firstBlock: 19_730_000, registry: '0x6668310631Ad5a5ac92dC9549353a5BaaE16C666' },
  { ...common, id: 59144, name: 'linea', explorer: 'https://lineascan.build', firstBlock: 9_245_000, registry: '0x6668310631Ad5a5ac92dC9549353a5BaaE16C666' },
  { ...common, id: 11155111, name: 'sepolia', blockTimeMs: 12_000, defaultTipWei: gwei / 10n, lowBalanceWei: ether / 10n, explorer: 'https://sepolia.etherscan.io', firstBlock: 6_137_300 },
  { ...common, id: 31337, name: 'devnet', blockTimeMs: 1_000, lowBalanceWei: ether / 10n, local: true },
];

/** The chain with this id; one that the table does not know gets cautious general figures. */
export function chainOf(id: number): Chain {
  return (
    chains.find(chain => chain.id === id) ?? {
      ...common,
      id,
      name: `chain-${id}`,
      lowBalanceWei: ether / 10n,
    }
  );
}

/** How often to look whether there is a new block, in ms. */
export function pollMsOf({ blockTimeMs }: Pick<Chain, 'blockTimeMs'>): number {
  return Math.min(Math.max(blockTimeMs / 4, 100), 1_000);
}

/** A link to a transaction, or undefined where no explorer is known. */
export function explorerLink(chain: Chain, hash: string): string | undefined {
  return chain.explorer && `${chain.explorer}/tx/${hash}`;
}

/** Explorer addresses that may stand in logs and alerts with their path. */
export const explorers: readonly string[] = chains.flatMap(chain => chain.explorer ?? []);
