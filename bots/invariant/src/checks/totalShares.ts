import type { Severity } from '@service-bots/core/alerts';
import { divDown, mulDown } from '@service-bots/core/hyperdrive';
import { leastBehind, type OpenShorts } from '../readings/openShorts.ts';
import { basePerShare, bonds, type Quantity, ratio, shares } from '../readings/quantity.ts';
import { known } from '../readings/reading.ts';
import { changeOf } from '../readings/shortsLedger.ts';
import { positivePrice } from './applicable.ts';
import type { Check, Result } from './Check.ts';
import { headroom } from './headroom.ts';

/** The vault holds the shares that the pool's books record. */
export const totalShares: Check = {
  name: 'total-shares',
  title: 'the pool owns fewer shares than its books say',
  severity: 'critical',
  least: 'warning',
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
    const c = positivePrice(now);
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
    // Measured by the possible sum of roundings: all of it is left to a pool with exactly the required
    // shares, more to a pool with more.
    const beforeFailing = shares('left', left.value + tolerance, 'actual − expected + tolerance');
    const room = headroom(beforeFailing, tolerance > 0n ? tolerance : 1n);
    if (left.value >= -tolerance) return { outcome: 'holds', numbers, headroom: room };

    const finding = (
      message: string,
      severity?: Severity,
      more: Quantity[] = [],
      against?: number,
    ): Extract<Result, { outcome: 'fails' }> => ({
      outcome: 'fails',
      message,
      ...(severity ? { severity } : {}),
      by: left,
      numbers: [...numbers, ...more],
      headroom: room,
      ...(against === undefined ? {} : { against }),
    });
    const { ledger, openShorts } = view.closer ?? {};
    if (!ledger) return finding('shares are missing');
    const haircut = openShorts && haircutOf(openShorts, flat, c);
    if ('unknown' in ledger) {
      const { isBeingRead } = ledger;
      const unseen = shares(
        'what a loss may explain',
        isBeingRead
          ? (haircut?.shares ?? behindShorts) + expected / mostWaitedPart
          : (haircut?.shares ?? 0n) + expected / mostUnseenPart,
      );
      const yet = isBeingRead ? ' yet' : '';
      const message = `shares are missing since the vault lost money; whether the loss explains all of them is not known${yet} (${ledger.unknown})`;
      const isMore = -left.value > unseen.value;
      return finding(
        isMore ? 'shares are missing, more than a loss of the vault explains' : message,
        isMore ? undefined : 'warning',
        [unseen],
      );
    }
    const { base, through } = ledger;
    const change = changeOf(ledger);
    const explained = shares(
      'expected after the loss',
      others + base.shares + change,
      'expected, with the shares behind shorts by the events',
    );
    const more = [
      shares(
        `shares behind shorts at block ${base.block}`,
        base.shares,
        base.isExact
          ? undefined
          : 'at least, by the positions and the prices they were opened at: the state of that block could not be read',
      ),
      shares(
        `change by shorts opened, closed and matured since, to block ${through}`,
        change,
        through < now.block.number ? 'later events could not be read' : undefined,
      ),
      explained,
    ];
    const unexplained = shares(
      'shares that nothing explains',
      actual - explained.value,
      'actual − expected after the loss',
    );
    if (unexplained.value < -tolerance) {
      const message = `shares have left the pool, or its books ask for more of them, since block ${base.block}: none of its trades explains it`;
      return { ...finding(message, undefined, [...more, unexplained], base.block), by: unexplained };
    }
    if (haircut && haircut.bonds !== s)
      return finding(
        'shares are missing, and the books call another number of shorts outstanding than there are',
        undefined,
        [bonds('shorts by their positions', haircut.bonds), ...more],
        base.block,
      );
    const since = base.isExact
      ? `no share has left the pool since block ${base.block} but by its trades`
      : `how many there were before the loss, at block ${base.block}, is not known exactly`;
    // The haircut of open shorts ends with them. The shortage of their flat fees stays.
    if (haircut?.isNone && base.isExact)
      return finding(
        `shares are missing, no more than the loss of the vault took from the flat fees of shorts that are closed; that stays so (${since})`,
        'info',
        more,
        base.block,
      );
    return finding(
      `shares are missing, no more than the loss of the vault takes from the shorts (${since})`,
      'warning',
      more,
      base.block,
    );
  },
};

/**
 * Where the events since a loss are not known, closed shorts may explain up to this part of a pool: a
 * thousandth.
 */
const mostUnseenPart = 1_000n;
/**
 * While the events are being read, up to a hundredth; more is reported at once, since no flat fees amount to
 * that.
 */
const mostWaitedPart = 100n;

/** Returns the amount by which the books exceed the least that was deposited behind the open shorts. */
function haircutOf(open: readonly OpenShorts[], flatFee: bigint, c: bigint) {
  const wanted = (each: OpenShorts) => forBonds(each.bonds, flatFee, c) - leastBehind(each, flatFee);
  return {
    shares: open.reduce((sum, each) => sum + (wanted(each) > 0n ? wanted(each) : 0n), 0n),
    bonds: open.reduce((sum, each) => sum + each.bonds, 0n),
    isNone: open.every(({ openingPrice }) => openingPrice <= c),
  };
}

/** Returns the shares that the books require behind bonds at a price. */
function forBonds(amount: bigint, flatFee: bigint, price: bigint): bigint {
  return divDown(amount + mulDown(amount, flatFee), price);
}
