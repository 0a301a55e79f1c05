import { claim, counted, quietLog, type Verdict } from '../verdict.ts';

export interface Evidence {
  readonly trades: readonly { readonly what: string; readonly paid: bigint; readonly received: bigint }[];
  /**
   * The distance of the rate to the band after each time that the bot finished its trades, in percent a year.
   */
  readonly outside: readonly number[];
  /** The change of the wallet's base, and the bot's report. */
  readonly walletChange: bigint;
  readonly reported: bigint;
  /** No position, liquidity or approval is left. */
  readonly isEmpty: boolean;
  /** Lines of its log above info, except for the alerts. */
  readonly complaints: readonly string[];
}

/** A basis point, plus the error of rounding to three digits. */
const most = 0.0105;

/** Judges every claim of the act. */
export function judge({ trades, outside, walletChange, reported, isEmpty, complaints }: Evidence): Verdict[] {
  const of = (what: string) => trades.filter(trade => trade.what === what).length;
  const flows = trades.reduce((sum, { paid, received }) => sum + received - paid, 0n);
  return [
    claim(
      'it traded both ways, and provided liquidity',
      [of('OpenLong'), of('OpenShort'), of('CloseLong'), of('CloseShort'), of('AddLiquidity')].every(
        count => count > 0,
      ),
      () => counted(trades.length, 'trade'),
    ),
    claim(
      'the fixed rate ended within a basis point of the band each time',
      outside.length > 0 && outside.every(off => off <= most),
      () => counted(outside.length, 'time'),
    ),
    claim('everything was closed, approvals included', isEmpty, () => 'nothing is left in the pool'),
    claim(
      'the wallet changed by what the bot reports, to the wei',
      walletChange === reported && walletChange === flows && trades.length > 0,
      () => `${walletChange} wei, and it reports ${reported}`,
    ),
    quietLog(complaints),
  ];
}
