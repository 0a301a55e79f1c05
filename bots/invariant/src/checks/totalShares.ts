import type { Severity } from '@service-bots/core/alerts';
import { booksOf, sharesForBonds } from '../readings/books.ts';
import { known } from '../readings/index.ts';
import { leastBehind, type OpenShorts } from '../readings/openShorts.ts';
import { basePerShare, bonds, type Quantity, ratio, shares } from '../readings/quantity.ts';
import { changeOf } from '../readings/shortsLedger.ts';
import { positivePrice } from './applicable.ts';
import type { Check, Result } from './Check.ts';
import { headroom } from './headroom.ts';

/** The vault holds the shares that the pool's books record. */
export const totalShares: Check = {
  name: 'total-shares',
  title: 'the vault holds fewer shares than the books of a pool require',
  severity: 'critical',
  least: 'warning',
  formula:
    'shares the vault holds ≥ z + ⌊(s + ⌊s·flatFee⌋)/c⌋ + governance fees + withdrawal proceeds + zombie shares − tolerance',
  impact: 'shares have left the pool outside its books, and some users will not be paid',
  firstStep: 'have the pool paused and keep the transactions named in the alert',
  needs: ['openShorts', 'shortsLedger'],
  vaultLoss: 'follows',
  run(view) {
    const { now, pool } = view;
    if (now.actualShares === undefined)
      return { outcome: 'skipped', reason: `how a ${pool.kind} counts its shares is not known` };
    const actual = known(now, 'actualShares');
    const market = known(now, 'market');
    const { shareReserves: z, shortsOutstanding: s, zombieShareReserves: zombies } = market;
    const c = positivePrice(now);
    const fees = known(now, 'governanceFees');
    const proceeds = known(now, 'withdrawalSharesProceeds');
    const { flat } = pool.config.fees;
    const { totalSharesTolerance: tolerance } = pool.settings;
    const { behindShorts, others } = booksOf(
      { ...market, governanceFees: fees, withdrawalSharesProceeds: proceeds, vaultSharePrice: c },
      flat,
    );
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
      { severity, more = [], against }: { severity?: Severity; more?: Quantity[]; against?: number } = {},
    ): Extract<Result, { outcome: 'fails' }> => ({
      outcome: 'fails',
      message,
      // A loss of the vault explains the finding, so its severity is lower.
      ...(severity ? { severity, isByVault: true } : {}),
      by: left,
      numbers: [...numbers, ...more],
      headroom: room,
      ...(against === undefined ? {} : { against }),
    });
    const { shortsLedger: ledger, openShorts } = view.diagnostics ?? {};
    if (!ledger) return finding('shares are missing');
    const haircut = openShorts && haircutOf(openShorts, flat, c);
    if ('unknown' in ledger) {
      const { isBeingRead } = ledger;
      const unseen = shares(
        'shortage that a loss may explain',
        isBeingRead
          ? (haircut?.shares ?? behindShorts) + expected / mostWaitedPart
          : (haircut?.shares ?? 0n) + expected / mostUnseenPart,
      );
      const yet = isBeingRead ? ' yet' : '';
      const message = `shares are missing since the vault lost money; whether the loss explains all of them is not known${yet} (${ledger.unknown})`;
      const isMore = -left.value > unseen.value;
      return finding(isMore ? 'shares are missing, more than a loss of the vault explains' : message, {
        more: [unseen],
        ...(isMore ? {} : { severity: 'warning' }),
      });
    }
    const { base, through } = ledger;
    const against = base.block;
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
          : 'at least: the state of that block could not be read, so it is computed from the positions and their opening prices',
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
      const message = `shares have left the pool since block ${base.block}, or the pool owes more shares than before; none of its trades explains the difference`;
      return { ...finding(message, { more: [...more, unexplained], against }), by: unexplained };
    }
    if (haircut && haircut.bonds !== s)
      return finding(
        'shares are missing, and the outstanding shorts in the pool’s books are not those of its positions',
        { more: [bonds('shorts by their positions', haircut.bonds), ...more], against },
      );
    const since = base.isExact
      ? `no share has left the pool since block ${base.block} but by its trades`
      : `the number of shares before the loss, at block ${base.block}, is not known exactly`;
    // Two shortages follow a loss of the vault: that of open shorts ends when they are closed, that of their
    // flat fees stays for ever.
    if (haircut?.isNone && base.isExact)
      return finding(
        `shares are missing, no more than the loss of the vault took from the flat fees of shorts that are closed; nothing more is lost, and the shortage stays (${since})`,
        { severity: 'info', more, against },
      );
    return finding(
      `shares are missing, no more than the loss of the vault takes from the shorts (${since})`,
      { severity: 'warning', more, against },
    );
  },
};

/**
 * Where the events since a loss are not known, closed shorts may explain up to this part of a pool: a
 * thousandth.
 */
const mostUnseenPart = 1_000n;
/**
 * The part of the shares whose absence is reported only after all events are read, as a divisor: one
 * hundredth. A larger loss is reported at once, since flat fees never explain it.
 */
const mostWaitedPart = 100n;

/** Returns the amount by which the books exceed the least that was deposited behind the open shorts. */
function haircutOf(open: readonly OpenShorts[], flatFee: bigint, c: bigint) {
  const wanted = (each: OpenShorts) => sharesForBonds(each.bonds, flatFee, c) - leastBehind(each, flatFee);
  return {
    shares: open.reduce((sum, each) => sum + (wanted(each) > 0n ? wanted(each) : 0n), 0n),
    bonds: open.reduce((sum, each) => sum + each.bonds, 0n),
    isNone: open.every(({ openingPrice }) => openingPrice <= c),
  };
}
