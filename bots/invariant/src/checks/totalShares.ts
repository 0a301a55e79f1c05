import { divDown, mulDown } from '@service-bots/core/hyperdrive';
import { basePerShare, bonds, ratio, shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check, View } from './check.ts';
import { headroom } from './headroom.ts';

/** The vault really holds the shares that the pool's books say it has. */
export const totalShares: Check = {
  name: 'total-shares',
  title: 'the pool owns fewer shares than its books say',
  severity: 'critical',
  formula:
    'shares the vault holds ≥ z + ⌊(s + ⌊s·flatFee⌋)/c⌋ + governance fees + withdrawal proceeds + zombie shares − tolerance',
  run(view) {
    const { now, pool } = view;
    if (now.actualShares === undefined)
      return { outcome: 'skipped', reason: `how a ${pool.kind} counts its shares is not known` };
    const actual = known(now.actualShares);
    const { shareReserves: z, shortsOutstanding: s, zombieShareReserves: zombies } = known(now.market);
    const c = known(now.vaultSharePrice);
    const fees = known(now.governanceFees);
    const proceeds = known(now.withdrawalSharesProceeds);
    const { flat } = pool.config.fees;
    const { totalSharesTolerance: tolerance } = pool.settings;
    const forShorts = (price: bigint) => divDown(s + mulDown(s, flat), price);
    const others = z + fees + proceeds + zombies;
    const expected = others + forShorts(c);
    const left = shares('shares beyond what is needed', actual - expected, 'actual − expected');
    const numbers = [
      shares('actual shares', actual),
      shares('share reserves z', z),
      bonds('shorts outstanding s', s),
      ratio('flat fee', flat),
      basePerShare('vault share price c', c),
      shares('shares behind shorts', forShorts(c), '⌊(s + ⌊s·flatFee⌋)/c⌋'),
      shares('uncollected governance fees', fees),
      shares('withdrawal shares’ proceeds', proceeds),
      shares('zombie share reserves', zombies),
      shares('expected shares', expected, 'z + behind shorts + fees + proceeds + zombies'),
      shares('tolerance', tolerance),
      left,
    ];
    const room = headroom(left, expected);
    if (left.value >= -tolerance) return { outcome: 'holds', numbers, headroom: room };

    // After a loss of the vault, shorts are owed less than their books say: they are paid by the price they began at.
    const highest = highestOpeningPrice(view);
    const isHaircut = highest > c && actual >= others + forShorts(highest) - tolerance;
    if (!isHaircut)
      return { outcome: 'fails', message: 'shares are missing', by: left, numbers, headroom: room };
    return {
      outcome: 'fails',
      severity: 'warning',
      message: 'shares are missing, no more than the vault’s loss takes from the shorts',
      by: left,
      numbers: [
        ...numbers,
        basePerShare('highest vault share price that shorts were opened at', highest),
        shares('shares behind shorts at that price', forShorts(highest)),
      ],
      headroom: room,
    };
  },
};

/** The vault share price does not fall but by a loss, so that no short began above the highest that is known. */
function highestOpeningPrice({ history, closer }: View): bigint {
  const peak = history.peak?.vaultSharePrice ?? 0n;
  const opened = closer?.shortsOpenedAt ?? 0n;
  return peak > opened ? peak : opened;
}
