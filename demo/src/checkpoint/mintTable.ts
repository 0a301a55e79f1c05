import { amount, duration, moment, short } from '../format.ts';
import type { Column } from '../table.ts';
import type { Minted } from './chainRecord.ts';
import { type Cast, isBackFill, type PoolFacts } from './verdicts.ts';

export const mintColumns: readonly Column[] = [
  { heading: 'pool' },
  { heading: 'checkpoint' },
  { heading: 'longs', right: true },
  { heading: 'shorts', right: true },
  { heading: 'minted by' },
  { heading: 'transaction' },
  { heading: 'late', right: true },
  { heading: 'note' },
];

/** Returns a line for every minted checkpoint with matured positions, the oldest checkpoint first. */
export function mintRows(mints: readonly Minted[], pools: readonly PoolFacts[], cast: Cast): string[][] {
  const byTime = mints.toSorted((a, b) => a.time - b.time);
  return byTime.map(mint => {
    const pool = pools.find(({ address }) => address === mint.pool);
    const decimals = pool?.decimals ?? 18;
    const notes = [mint.paused ? 'paused' : '', isBackFill(mint, pool) ? 'back-fill' : ''];
    return [
      pool?.name ?? short(mint.pool),
      moment(mint.time),
      amount(mint.maturedLongs, decimals),
      amount(mint.maturedShorts, decimals),
      roleOf(mint.minter, cast),
      short(mint.hash),
      duration(mint.blockTime - mint.time),
      notes.filter(note => note !== '').join(', '),
    ];
  });
}

/** Returns `bot`, `competitor`, `trader`, or the address of another account. */
export function roleOf(address: string, { bot, competitor, traders }: Cast): string {
  if (address === bot) return 'bot';
  if (address === competitor) return 'competitor';
  return traders.includes(address) ? 'trader' : short(address);
}
