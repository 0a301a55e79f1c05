/**
 * A chain with all of its differences from other chains, which are stored in this table alone. First blocks
 * and registries come from the public Hyperdrive deployments; Monad's figures come from its own
 * documentation.
 */
export interface Chain {
  id: number;
  name: string;
  /** Symbol of the native currency that gas is paid in. */
  currency: string;
  /** Usual time between blocks, in ms. */
  blockTimeMs: number;
  /** Gas limit = estimate × this / 100. It is small on chains that charge the gas limit instead of the gas used. */
  gasMarginPercent: bigint;
  /** Priority fee when the node suggests none. */
  defaultTipWei: bigint;
  /** Base fee when no node reports one. */
  defaultBaseFeeWei: bigint;
  /** The highest payment of a transaction for a unit of gas, unless the operator sets a cap. */
  maxFeeWei: bigint;
  /** The highest tip of a transaction for a unit of gas, unless the operator sets a cap. */
  maxTipWei: bigint;
  /**
   * Gas that one wallet may use in an hour, and in a day, unless the operator sets it: some hundred actions.
   */
  gasPerHour: bigint;
  gasPerDay: bigint;
  /**
   * The contract that returns the first-layer fee, which a rollup of the OP stack charges beside the gas. A
   * chain that is not in the table is checked for this contract.
   */
  l1FeeOracle?: string;
  /** Below this balance of the wallet a warning is raised. */
  lowBalanceWei: bigint;
  /** The number of transactions of one wallet that may wait in the mempool at a time. */
  maxInFlight: number;
  /** `maxInFlight` of a wallet whose balance is at least `fromWei`. */
  richWallet?: { fromWei: bigint; maxInFlight: number };
  /** Base URL of a block explorer; `${explorer}/tx/${hash}`. */
  explorer?: string;
  /** First block that can hold a Hyperdrive pool; older blocks need not be read. */
  firstBlock: number;
  /** The Hyperdrive registry, where there is one. */
  registry?: string;
  /**
   * Whether blocks come by themselves, in a steady rhythm, as on every chain that does not mine on demand.
   */
  isSteady: boolean;
  /** Whether it is a development chain on this machine, where throwaway wallets may be funded. */
  local: boolean;
}

const gwei = 10n ** 9n;
const ether = 10n ** 18n;
const millionGas = 10n ** 6n;

/** The predeploy `GasPriceOracle` of the OP stack. */
export const opGasPriceOracle = '0x420000000000000000000000000000000000000F';

const common = {
  currency: 'ETH',
  blockTimeMs: 2_000,
  gasMarginPercent: 125n,
  defaultTipWei: gwei / 1000n,
  defaultBaseFeeWei: gwei,
  maxFeeWei: 5_000n * gwei,
  maxTipWei: 100n * gwei,
  gasPerHour: 100n * millionGas,
  gasPerDay: 500n * millionGas,
  lowBalanceWei: ether / 100n,
  maxInFlight: 16,
  firstBlock: 0,
  isSteady: true,
  local: false,
};

// biome-ignore format: a table
const chains: readonly Chain[] = [
  { ...common, id: 1, name: 'mainnet', blockTimeMs: 12_000, defaultTipWei: gwei / 10n, defaultBaseFeeWei: 10n * gwei, maxFeeWei: 1_000n * gwei, maxTipWei: 50n * gwei, gasPerHour: 60n * millionGas, gasPerDay: 300n * millionGas, lowBalanceWei: ether / 10n, explorer: 'https://etherscan.io', firstBlock: 20_180_600, registry: '0xbe082293b646cb619a638d29e8eff7cf2f46aa3a' },
  { ...common, id: 100, name: 'gnosis', currency: 'xDAI', blockTimeMs: 5_000, defaultTipWei: gwei, maxFeeWei: 1_000n * gwei, lowBalanceWei: ether / 10n, explorer: 'https://gnosisscan.io', firstBlock: 35_732_200, registry: '0x666fa9ef9bca174a042c4c306b23ba8ee0c59666' },
  { ...common, id: 143, name: 'monad', currency: 'MON', blockTimeMs: 400, gasMarginPercent: 108n, defaultTipWei: 2n * gwei, defaultBaseFeeWei: 100n * gwei, maxTipWei: 500n * gwei, lowBalanceWei: ether / 5n, maxInFlight: 1, richWallet: { fromWei: 10n * ether, maxInFlight: 8 }, explorer: 'https://monadvision.com' },
  { ...common, id: 8453, name: 'base', defaultBaseFeeWei: gwei / 100n, maxFeeWei: 100n * gwei, maxTipWei: 5n * gwei, l1FeeOracle: opGasPriceOracle, explorer: 'https://basescan.org', firstBlock: 19_730_000, registry: '0x6668310631Ad5a5ac92dC9549353a5BaaE16C666' },
  { ...common, id: 59144, name: 'linea', defaultBaseFeeWei: gwei / 20n, maxFeeWei: 100n * gwei, maxTipWei: 5n * gwei, explorer: 'https://lineascan.build', firstBlock: 9_245_000, registry: '0x6668310631Ad5a5ac92dC9549353a5BaaE16C666' },
  { ...common, id: 11155111, name: 'sepolia', blockTimeMs: 12_000, defaultTipWei: gwei / 10n, defaultBaseFeeWei: 10n * gwei, lowBalanceWei: ether / 10n, explorer: 'https://sepolia.etherscan.io', firstBlock: 6_137_300 },
  { ...common, id: 31337, name: 'devnet', blockTimeMs: 1_000, defaultTipWei: gwei, gasPerHour: 100_000n * millionGas, gasPerDay: 1_000_000n * millionGas, lowBalanceWei: ether / 10n, isSteady: false, local: true },
];

/** Returns the chain with this id. A chain that is not in the table gets cautious general figures. */
export function chainOf(id: number): Chain {
  return (
    chains.find(chain => chain.id === id) ?? {
      ...common,
      id,
      name: `chain-${id}`,
      l1FeeOracle: opGasPriceOracle,
      lowBalanceWei: ether / 10n,
      // It may be a private chain that mines on demand.
      isSteady: false,
    }
  );
}

/** Returns the pause between two polls for a new block, in ms. */
export function pollMsOf({ blockTimeMs }: Pick<Chain, 'blockTimeMs'>): number {
  return Math.min(Math.max(blockTimeMs / 4, 100), 1_000);
}

/** Returns a link to a transaction; undefined where no explorer is known. */
export function explorerLink(chain: Chain, hash: string): string | undefined {
  return chain.explorer && `${chain.explorer}/tx/${hash}`;
}

/** Explorer URLs that may appear in logs and alerts with their path. */
export const explorers: readonly string[] = chains.flatMap(chain => chain.explorer ?? []);
