import { smaller, tradingAbi } from '@service-bots/core/hyperdrive';
import type { LpandarbConfig } from '../config.ts';
import { amountFor, poolLimits } from '../limits/poolLimits.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import { tokenAbi } from '../reading/readPool.ts';

/** The only functions that the wallet ever calls. */
export const lpandarbFunctions = [
  'openLong(uint256,uint256,uint256,(address,bool,bytes))',
  'openShort(uint256,uint256,uint256,(address,bool,bytes))',
  'closeLong(uint256,uint256,uint256,(address,bool,bytes))',
  'closeShort(uint256,uint256,uint256,(address,bool,bytes))',
  'addLiquidity(uint256,uint256,uint256,uint256,(address,bool,bytes))',
  'removeLiquidity(uint256,uint256,(address,bool,bytes))',
  'redeemWithdrawalShares(uint256,uint256,(address,bool,bytes))',
  'approve(address,uint256)',
];

const trades = lpandarbFunctions.map(signature => signature.slice(0, signature.indexOf('(')));

/** Returns the contracts that may be called: the pools, and their base tokens for approvals. */
export function callable(pools: readonly LpandarbPool[]): string[] {
  return [...new Set(pools.flatMap(({ address, config }) => [address, config.baseToken]))];
}

/**
 * Returns why a call must not be signed, independent of the code that requests it; undefined: it may be
 * signed. The reasons include a receiver other than the wallet, an amount above the limits, and a long
 * without a least output. An approval for a contract that is not an allowed pool is refused as well.
 */
export function refusalOf(
  { to, data }: { to: string; data: string },
  wallet: string,
  pools: readonly LpandarbPool[],
  config: LpandarbConfig,
): string | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const pool = pools.find(({ address }) => same(address, to));
  if (!pool) return approvalRefusal(data, to, pools, config);
  const call = tradingAbi.parseTransaction({ data });
  if (!call || !trades.includes(call.name))
    return `the function ${data.slice(0, 10)} of the pool ${pool.name}`;
  const args = call.args as unknown as Record<string, bigint>;
  const options = (
    call.args as unknown as { _options: { destination: string; asBase: boolean; extraData: string } }
  )._options;
  if (!same(options.destination, wallet))
    return `a payment to ${options.destination}, which is not the wallet`;
  if (!options.asBase) return 'a trade that is not paid in base';
  if (options.extraData !== '0x') return 'a trade with extra data';
  const { trade, position, capital } = poolLimits(config, pool, { priceWei: 0n, firstLayerWei: 0n });
  const above = (what: string, amount: bigint | undefined, limit: bigint) =>
    (amount ?? 0n) > limit ? `${what} of ${amount} units in ${pool.name}, more than ${limit}` : undefined;
  switch (call.name) {
    case 'openLong':
      return (
        above('a long', args._amount, trade) ??
        (args._minOutput === 0n ? 'a long without a least output' : undefined)
      );
    case 'openShort':
      return (
        above('a short', args._bondAmount, smaller(trade, position)) ??
        above('a deposit', args._maxDeposit, capital)
      );
    case 'addLiquidity':
      return above('liquidity', args._contribution, capital);
    default:
      return undefined;
  }
}

function approvalRefusal(
  data: string,
  token: string,
  pools: readonly LpandarbPool[],
  config: LpandarbConfig,
): string | undefined {
  const call = tokenAbi.parseTransaction({ data });
  if (call?.name !== 'approve') return `the function ${data.slice(0, 10)} of the token ${token}`;
  const [spender, amount] = call.args as unknown as [string, bigint];
  const pool = pools.find(
    ({ address, config: { baseToken } }) =>
      address.toLowerCase() === spender.toLowerCase() && baseToken.toLowerCase() === token.toLowerCase(),
  );
  if (!pool) return `an approval of ${spender}, which is no pool with this base token`;
  const capital = amountFor(config, 'CAPITAL_PER_POOL', pool);
  return amount > capital
    ? `an approval of ${amount} units, more than the capital ${capital} of ${pool.name}`
    : undefined;
}
