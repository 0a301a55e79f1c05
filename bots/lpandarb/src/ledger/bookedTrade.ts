import { poolAbi } from '@service-bots/core/hyperdrive';
import type { Log, LogDescription } from 'ethers';
import { baseOfUnits } from '../settlement.ts';

/**
 * A trade of the bot, as an event of the pool reports it. `paid` and `received` are in base; `amount` is in
 * bonds, LP tokens or withdrawal shares.
 */
export interface Booked {
  hash: string;
  /**
   * The index of the trade within its transaction. The bot makes one trade in each; the event's index in the
   * block is not used, since a reorg changes it.
   */
  log: number;
  block: number;
  time: number;
  pool: string;
  kind: string;
  side: 'long' | 'short' | undefined;
  maturity: number | undefined;
  amount: bigint;
  /** Withdrawal shares that the wallet got when it removed liquidity. */
  withdrawal: bigint;
  paid: bigint;
  received: bigint;
  /** The expected fees of the pool, in base; 0 where the process that sent the trade has ended. */
  fees: bigint;
}

const bonds = { OpenLong: 'long', OpenShort: 'short', CloseLong: 'long', CloseShort: 'short' } as const;

/** A trade, and its payment in the unit of the pool's calls: base or vault shares. */
export interface SettledTrade {
  trade: Booked;
  /** Whether the payment was base; otherwise it was vault shares. */
  asBase: boolean;
  /** The change of the wallet: positive where the pool paid it. */
  change: bigint;
  /** The price at which the pool converted, base for a vault share, 18 decimals. */
  vaultSharePrice: bigint;
}

/**
 * Returns the trade of `wallet` that an event reports. A payment in vault shares is converted at the price in
 * the event. A person may trade in the other unit than the bot, and that trade counts at its worth.
 * @returns undefined when the event is no trade of the wallet
 */
export function tradeIn(
  log: Pick<Log, 'address' | 'topics' | 'data' | 'transactionHash' | 'index' | 'blockNumber'>,
  wallet: string,
  time: number,
): SettledTrade | undefined {
  const event = poolAbi.parseLog(log);
  if (!event) return undefined;
  const args = event.args as unknown as Record<string, bigint> & {
    trader?: string;
    provider?: string;
    asBase?: boolean;
  };
  const who = String(args.trader ?? args.provider ?? '');
  const { asBase } = args;
  if (who.toLowerCase() !== wallet.toLowerCase() || typeof asBase !== 'boolean') return undefined;
  const common = {
    hash: log.transactionHash,
    log: 0,
    block: log.blockNumber,
    time,
    pool: log.address,
    fees: 0n,
  };
  const raw = partsOf(event, args, common);
  if (!raw) return undefined;
  const { vaultSharePrice = 0n } = args;
  const base = (units: bigint) => baseOfUnits({ asBase }, units, vaultSharePrice);
  const trade = { ...raw, paid: base(raw.paid), received: base(raw.received) };
  return { trade, asBase, change: raw.received - raw.paid, vaultSharePrice };
}

/** Returns the parts of an event. Payments are in the unit of the pool's calls. */
function partsOf(
  { name }: LogDescription,
  args: Record<string, bigint>,
  common: Pick<Booked, 'hash' | 'log' | 'block' | 'time' | 'pool' | 'fees'>,
): Booked | undefined {
  const { amount = 0n, maturityTime, bondAmount = 0n, lpAmount = 0n, withdrawalShareAmount = 0n } = args;
  const nothing = { ...common, side: undefined, maturity: undefined, withdrawal: 0n, paid: 0n, received: 0n };
  switch (name) {
    case 'OpenLong':
    case 'OpenShort': {
      const side = bonds[name];
      return {
        ...nothing,
        kind: `open-${side}`,
        side,
        maturity: Number(maturityTime),
        amount: bondAmount,
        paid: amount,
      };
    }
    case 'CloseLong':
    case 'CloseShort': {
      const side = bonds[name];
      return {
        ...nothing,
        kind: `close-${side}`,
        side,
        maturity: Number(maturityTime),
        amount: bondAmount,
        received: amount,
      };
    }
    case 'AddLiquidity':
      return { ...nothing, kind: 'add-liquidity', amount: lpAmount, paid: amount };
    case 'RemoveLiquidity':
      return {
        ...nothing,
        kind: 'remove-liquidity',
        amount: lpAmount,
        withdrawal: withdrawalShareAmount,
        received: amount,
      };
    case 'RedeemWithdrawalShares':
      return { ...nothing, kind: 'redeem', amount: withdrawalShareAmount, received: amount };
    default:
      return undefined;
  }
}
