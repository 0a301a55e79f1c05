import type { ChainView } from '../chain/ChainView.ts';
import { poolsOf } from '../overview/pools.ts';
import type { Watched } from '../polling/watched.ts';
import { walletKey } from '../walletKey.ts';
import type { Sample } from './History.ts';

/** A sample is taken every quarter of an hour: 100 pools with 15 checks are 90 MB in 30 days. */
export const sampleEveryMs = 15 * 60_000;

/** The most samples at once; 100 pools with 15 checks are 1,500. */
const mostSamples = 10_000;

/** Returns the name of the series of a check's headroom, in percent. */
export function headroomSeries(chainId: number | undefined, pool: string, check: string): string {
  return `headroom ${chainId ?? 0} ${pool.toLowerCase()} ${check}`;
}

/** Returns the name of the series of a bot's profit in a pool, in base. */
export function profitSeries(chainId: number | undefined, pool: string): string {
  return `profit ${chainId ?? 0} ${pool.toLowerCase()}`;
}

/** Returns the name of the series of a wallet's balance, in whole units. */
export function balanceSeries(key: string): string {
  return `balance ${key}`;
}

/** Returns the name of the series of a wallet's nonce. */
export function nonceSeries(key: string): string {
  return `nonce ${key}`;
}

/** Returns the name of the series of a chain's gas price, in gwei. */
export function feeSeries(chainId: number | undefined): string {
  return `fee ${chainId ?? 0}`;
}

/**
 * Returns the figures to store: the headroom of each check, each wallet's balance and nonce, the gas price of
 * its chain, and profits.
 */
export function samplesOf(watched: readonly Watched[], chains: readonly ChainView[]): Sample[] {
  const answering = watched.filter(({ silence }) => silence === undefined);
  const pools = poolsOf(answering);
  const profits = pools.flatMap(({ chainId, address, trading }) =>
    trading ? [{ series: profitSeries(chainId, address), value: Number(trading.profit) }] : [],
  );
  const headrooms = pools.flatMap(({ chainId, address, checks }) =>
    checks.flatMap(({ name, headroomPercent: value }) =>
      value === undefined ? [] : [{ series: headroomSeries(chainId, address, name), value }],
    ),
  );
  const balances = answering.flatMap(({ answer }) => {
    const { wallet, chain } = answer?.status ?? {};
    if (wallet?.balanceWei === undefined) return [];
    const key = walletKey(wallet.address, chain?.id);
    // The watchtower's own reading replaces the bot's figure.
    if (
      chains.some(
        each => each.chainId === chain?.id && each.wallets.some(one => one.address === wallet.address),
      )
    )
      return [];
    const series = balanceSeries(key);
    return [{ series, value: Number(BigInt(wallet.balanceWei)) / 1e18 }];
  });
  const read = chains.flatMap(({ chainId, feeWei, wallets }) => [
    { series: feeSeries(chainId), value: Number(feeWei) / 1e9 },
    ...wallets.flatMap(({ address, balanceWei, nonce }) => [
      { series: balanceSeries(walletKey(address, chainId)), value: Number(balanceWei) / 1e18 },
      { series: nonceSeries(walletKey(address, chainId)), value: nonce },
    ]),
  ]);
  // Wallets come first, since a bot may name any number of checks.
  return [...read, ...balances, ...profits, ...headrooms].slice(0, mostSamples);
}
