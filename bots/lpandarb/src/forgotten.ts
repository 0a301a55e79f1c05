import type { Observation } from '@service-bots/core/alerts';
import { assetId, tradingAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, type Block, contractMethod } from '@service-bots/core/rpc';
import type { Ledger } from './ledger/Ledger.ts';
import { holdingsOf, type PaperHoldings } from './paper/fillOf.ts';
import { amountText } from './planning/texts.ts';

type Held = PaperHoldings['held'];

/** A pool of the ledger that is no longer listed, with the bot's positions in it. */
export interface ForgottenPool {
  pool: string;
  name: string;
  decimals: number;
  held: Held;
}

const balanceOf = contractMethod<bigint>(tradingAbi, 'balanceOf');

/**
 * Returns the pools that are no longer listed, with the positions by the ledger.
 * @param listed addresses of LPANDARB_POOLS
 */
export function forgottenPools(ledger: Ledger, listed: readonly string[]): ForgottenPool[] {
  const isListed = (pool: string) => listed.some(each => each.toLowerCase() === pool.toLowerCase());
  return ledger
    .pools()
    .filter(({ pool }) => !isListed(pool))
    .map(each => ({ ...each, held: holdingsOf(ledger.tradesOf(each.pool)).held }));
}

/**
 * Returns the pools with the part of their positions that the wallet still has on the chain, since a person may
 * have closed them. A position that cannot be read counts as held.
 */
export async function stillHeld(
  pools: readonly ForgottenPool[],
  { reader, head, wallet }: { reader: BatchReader; head: Block; wallet: string },
): Promise<ForgottenPool[]> {
  const reads = pools.flatMap(({ pool, held }) => idsOf(held).map(({ id }) => balanceOf(pool, id, wallet)));
  const results = reads.length === 0 ? [] : await reader.read<bigint>(head, reads).catch(() => []);
  let next = 0;
  return pools.map(each => {
    const left: Held = { ...each.held, bonds: [] };
    for (const { take } of idsOf(each.held)) {
      const result = results[next];
      next += 1;
      take(left, result?.ok ? result.value : undefined);
    }
    return { ...each, held: left };
  });
}

/** Returns the asset of each position, and a function that writes its balance; undefined leaves it as it is. */
function idsOf({ lpShares, withdrawalShares, bonds }: Held) {
  const ids: { id: bigint; take(into: Held, balance: bigint | undefined): void }[] = bonds.map(each => ({
    id: assetId(each.side, each.maturity),
    take: (into, balance = each.bonds) => {
      if (balance > 0n) into.bonds.push({ ...each, bonds: balance });
    },
  }));
  if (lpShares > 0n)
    ids.push({ id: assetId('lp', 0), take: (into, balance = lpShares) => (into.lpShares = balance) });
  if (withdrawalShares > 0n)
    ids.push({
      id: assetId('withdrawalShares', 0),
      take: (into, balance = withdrawalShares) => (into.withdrawalShares = balance),
    });
  return ids;
}

/** Returns whether positions remain in each pool. The bot manages listed pools only, and no other check reports them. */
export function forgottenIn(pools: readonly ForgottenPool[]): Observation[] {
  const check = 'lpandarb-left-alone';
  return pools.map(({ pool, name, decimals, held: { lpShares, withdrawalShares, bonds } }): Observation => {
    const held = [
      ...bonds.map(each => `a ${each.side} of ${amountText(each.bonds, decimals)} bonds`),
      ...(lpShares > 0n ? [`${amountText(lpShares, decimals)} LP tokens`] : []),
      ...(withdrawalShares > 0n ? [`${amountText(withdrawalShares, decimals)} withdrawal shares`] : []),
    ];
    if (held.length === 0) return { check, pool, failing: false };
    const message = `${name} is not in LPANDARB_POOLS any more, and the bot still holds ${held.join(', ')} in it, which it no longer manages; list it again and run "pnpm lpandarb unwind", or close them yourself`;
    return { check, pool, failing: true, message };
  });
}
