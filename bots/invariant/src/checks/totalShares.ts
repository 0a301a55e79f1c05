import { divDown, mulDown } from '@service-bots/core/hyperdrive';
import type { OpenShorts } from '../openShorts.ts';
import { basePerShare, bonds, ratio, shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check } from './check.ts';
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
    const actual = known(now.actualShares, 'the shares the vault holds');
    const {
      shareReserves: z,
      shortsOutstanding: s,
      zombieShareReserves: zombies,
    } = known(now.market, 'the market state');
    const c = known(now.vaultSharePrice, 'the vault share price');
    const fees = known(now.governanceFees, 'the governance fees');
    const proceeds = known(now.withdrawalSharesProceeds, 'the withdrawal pool');
    const { flat } = pool.config.fees;
    const { totalSharesTolerance: tolerance } = pool.settings;
    const others = z + fees + proceeds + zombies;
    const behindShorts = forBonds(s, flat, c);
    const expected = others + behindShorts;
    const left = shares('shares beyond what is needed', actual - expected, 'actual − expected');
    const numbers = [
      shares('actual shares', actual),
      shares('share reserves z', z),
      bonds('shorts outstanding s', s),
      ratio('flat fee', flat),
      basePerShare('vault share price c', c),
      shares('shares behind shorts', behindShorts, '⌊(s + ⌊s·flatFee⌋)/c⌋'),
      shares('uncollected governance fees', fees),
      shares('withdrawal shares’ proceeds', proceeds),
      shares('zombie share reserves', zombies),
      shares('expected shares', expected, 'z + behind shorts + fees + proceeds + zombies'),
      shares('tolerance', tolerance),
      left,
    ];
    // By what roundings may add up to: all of it is left to a pool that has just what it needs, more to one with more.
    const beforeFailing = shares('left', left.value + tolerance, 'actual − expected + tolerance');
    const room = headroom(beforeFailing, tolerance > 0n ? tolerance : 1n);
    if (left.value >= -tolerance) return { outcome: 'holds', numbers, headroom: room };

    const fails = { outcome: 'fails', message: 'shares are missing', by: left, headroom: room } as const;
    const open = view.closer?.openShorts;
    const accounted = sum(open ?? [], ({ bonds: amount }) => amount);
    // Books and positions that contradict each other explain nothing.
    if (!open || accounted > s) return { ...fails, numbers };
    const deposited = sum(open, shorts => depositedFor(shorts, flat, c)) + forBonds(s - accounted, flat, c);
    const explained = shares('expected after the loss', others + deposited, 'expected, with the deposited');
    const afterLoss = [
      ...numbers,
      bonds('shorts outstanding with a known opening price', accounted),
      shares('shares deposited for shorts', deposited, 'Σ ⌊bonds/opening price⌋ + ⌊⌊bonds·flatFee⌋/c then⌋'),
      explained,
      // Last, since they may be hundreds.
      ...open.map(({ maturity, openingPrice }) =>
        basePerShare(`opening price, ${iso(maturity)}`, openingPrice),
      ),
    ];
    if (actual < explained.value - tolerance) return { ...fails, numbers: afterLoss };
    const message = 'shares are missing, no more than the vault’s loss takes from the shorts';
    return { ...fails, severity: 'warning', message, numbers: afterLoss };
  },
};

/** What the books want behind bonds by a price. */
function forBonds(amount: bigint, flatFee: bigint, price: bigint): bigint {
  return divDown(amount + mulDown(amount, flatFee), price);
}

/**
 * What there is behind shorts, at least, since their opening: what they earn is theirs and a loss of the vault is theirs
 * too, so that the number of shares stays. The contract takes what pays for the bonds by the price it keeps of the
 * checkpoint (openShort: calculateShortProceedsUp), and the flat fee by the price of the moment, which lies between that
 * one and the next checkpoint's. Where the next is lower, the vault lost money in between, and of the flat fee nothing
 * is certain.
 */
export function depositedFor(
  { bonds: amount, openingPrice, closingPrice }: OpenShorts,
  flatFee: bigint,
  c: bigint,
): bigint {
  if (openingPrice === 0n) return forBonds(amount, flatFee, c);
  const fee = closingPrice >= openingPrice ? divDown(mulDown(amount, flatFee), closingPrice) : 0n;
  return divDown(amount, openingPrice) + fee;
}

const sum = <T>(items: readonly T[], of: (item: T) => bigint) =>
  items.reduce((total, item) => total + of(item), 0n);
const iso = (time: number) => new Date(time * 1000).toISOString();
