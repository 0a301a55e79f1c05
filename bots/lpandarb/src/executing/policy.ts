import { smaller, tradingAbi } from '@service-bots/core/hyperdrive';
import type { LpandarbConfig } from '../config.ts';
import { amountFor, poolLimits } from '../limits/poolLimits.ts';
import { type LpandarbPool, unknownKind } from '../reading/LpandarbPool.ts';
import { tokenAbi } from '../reading/readPool.ts';
import { baseOfTokens, baseOfUnits } from '../settlement.ts';

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

/** Returns the contracts that may be called: the pools, and the tokens that they are paid in, for approvals. */
export function callable(pools: readonly LpandarbPool[]): string[] {
  return [
    ...new Set(pools.flatMap(({ address, settlement }) => (settlement ? [address, settlement.token] : []))),
  ];
}

/**
 * Returns why a call must not be signed, or undefined when it may be signed. The result does not depend on the
 * code that requests the call. The reasons include a receiver other than the wallet, an amount above the
 * limits, and a long without a least output. An approval for a contract that is not an allowed pool is refused as well.
 *
 * Vault shares count at the pool's first price, since the policy trusts no later answer of a node.
 */
export function refusalOf(
  { to, data }: { to: string; data: string },
  { wallet, pools, config }: { wallet: string; pools: readonly LpandarbPool[]; config: LpandarbConfig },
): string | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const pool = pools.find(({ address }) => same(address, to));
  if (!pool) return approvalRefusal({ data, token: to, pools, config });
  const { settlement } = pool;
  if (!settlement) return `a call of the pool ${pool.name}: ${unknownKind(pool)}`;
  const call = tradingAbi.parseTransaction({ data });
  if (!call || !trades.includes(call.name))
    return `the function ${data.slice(0, 10)} of the pool ${pool.name}`;
  const args = call.args as unknown as Record<string, bigint>;
  const options = (
    call.args as unknown as { _options: { destination: string; asBase: boolean; extraData: string } }
  )._options;
  if (!same(options.destination, wallet))
    return `a payment to ${options.destination}, which is not the wallet`;
  if (options.asBase !== settlement.asBase)
    return `a trade that is ${settlement.asBase ? 'not paid in base' : 'paid in base instead of vault shares'}`;
  if (options.extraData !== '0x') return 'a trade with extra data';
  const { trade, position, capital } = poolLimits(config, pool, { priceWei: 0n, firstLayerWei: 0n });
  const inBase = (units: bigint | undefined) =>
    baseOfUnits(settlement, units ?? 0n, pool.config.initialVaultSharePrice);
  const above = (what: string, amount: bigint | undefined, limit: bigint) =>
    (amount ?? 0n) > limit ? `${what} of ${amount} units in ${pool.name}, more than ${limit}` : undefined;
  switch (call.name) {
    case 'openLong':
      return (
        above('a long', inBase(args._amount), trade) ??
        (args._minOutput === 0n ? 'a long without a least output' : undefined)
      );
    case 'openShort':
      return (
        above('a short', args._bondAmount, smaller(trade, position)) ??
        above('a deposit', inBase(args._maxDeposit), capital)
      );
    case 'addLiquidity':
      return above('liquidity', inBase(args._contribution), capital);
    default:
      return undefined;
  }
}

function approvalRefusal({
  data,
  token,
  pools,
  config,
}: {
  data: string;
  token: string;
  pools: readonly LpandarbPool[];
  config: LpandarbConfig;
}): string | undefined {
  const call = tokenAbi.parseTransaction({ data });
  if (call?.name !== 'approve') return `the function ${data.slice(0, 10)} of the token ${token}`;
  const [spender, amount] = call.args as unknown as [string, bigint];
  const pool = pools.find(
    ({ address, settlement }) =>
      address.toLowerCase() === spender.toLowerCase() &&
      settlement?.token.toLowerCase() === token.toLowerCase(),
  );
  if (!pool?.settlement) return `an approval of ${spender}, which is no pool that is paid in this token`;
  const capital = amountFor(config, 'CAPITAL_PER_POOL', pool);
  // An approval of shares is rounded up by less than one unit.
  const counted = pool.settlement.asBase || amount === 0n ? amount : amount - 1n;
  const worth = baseOfTokens(pool.settlement, counted, pool.config.initialVaultSharePrice);
  return worth > capital
    ? `an approval of ${amount} units, more than the capital ${capital} of ${pool.name}`
    : undefined;
}
