import { divDown, divUp, type HyperdrivePool, mulDown } from '@service-bots/core/hyperdrive';

/**
 * The token in which the bot pays a pool and is paid by it. Plans, limits and the ledger are in base. The
 * functions below convert at the vault share price that the pool reports, as the pool itself does.
 */
export interface Settlement {
  token: string;
  /** Whether amounts of a call are base. Otherwise they are vault shares. */
  asBase: boolean;
  /** Whether balances, approvals and transfers of the token are amounts of base, although calls take shares. */
  isRebasing: boolean;
  /**
   * The pools with the same account share the wallet's balance and `CAPITAL_IN_ALL`. A token that is the base
   * of one pool and the vault share of another has an account for each.
   */
  account: string;
}

/** How the pools of a kind take deposits and pay out. */
type Terms = 'base' | 'shares' | 'rebasing shares';

/**
 * The terms by `kind()`, as the contracts of v1.0.20 have them. Kinds that take and pay base are traded in
 * base. All other kinds take and pay vault shares; some of them take base too, but none of those pays it.
 */
const kinds: readonly { names: readonly string[]; terms: Terms }[] = [
  {
    terms: 'base',
    names: [
      'ERC4626Hyperdrive',
      'AaveHyperdrive',
      'AaveL2Hyperdrive',
      'MorphoBlueHyperdrive',
      'AerodromeLpHyperdrive',
      'CornHyperdrive',
      'StakingUSDSHyperdrive',
    ],
  },
  {
    terms: 'shares',
    names: [
      'StkWellHyperdrive',
      'ChainlinkHyperdrive',
      'EzETHHyperdrive',
      'EzETHLineaHyperdrive',
      'RsETHLineaHyperdrive',
      'LsETHHyperdrive',
      'RETHHyperdrive',
    ],
  },
  { terms: 'rebasing shares', names: ['StETHHyperdrive', 'EETHHyperdrive'] },
];

/**
 * Returns the settlement of a pool.
 * @returns undefined for a kind of pool that is not known
 */
export function settlementOf({
  kind,
  config: { baseToken, vaultSharesToken },
}: Pick<HyperdrivePool, 'kind' | 'config'>): Settlement | undefined {
  const terms = kinds.find(({ names }) => names.includes(kind))?.terms;
  if (terms === undefined) return undefined;
  return terms === 'base'
    ? { token: baseToken, asBase: true, isRebasing: false, account: baseToken }
    : {
        token: vaultSharesToken,
        asBase: false,
        isRebasing: terms === 'rebasing shares',
        account: `shares ${vaultSharesToken}`,
      };
}

/** Returns base in the unit that the pool's calls take, rounded down. @param price the vault share price */
export function unitsFor({ asBase }: Settlement, base: bigint, price: bigint): bigint {
  return asBase ? base : divDown(base, price);
}

/** Returns an amount of the pool's calls and events in base, rounded down. @param price the vault share price */
export function baseOfUnits({ asBase }: Pick<Settlement, 'asBase'>, units: bigint, price: bigint): bigint {
  return asBase ? units : mulDown(units, price);
}

/** Returns the amount of the token that pays this base, rounded up. @param price the vault share price */
export function tokensFor({ asBase, isRebasing }: Settlement, base: bigint, price: bigint): bigint {
  return asBase || isRebasing ? base : divUp(base, price);
}

/** Returns a balance or an approval of the token in base, rounded down. @param price the vault share price */
export function baseOfTokens({ asBase, isRebasing }: Settlement, tokens: bigint, price: bigint): bigint {
  return asBase || isRebasing ? tokens : mulDown(tokens, price);
}
