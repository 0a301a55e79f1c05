import { poolAbi } from '@service-bots/core/hyperdrive';
import type { Log, LogDescription } from 'ethers';

/** A trade of the bot as a pool's event tells it. Base amounts; `amount` in bonds, LP tokens or withdrawal shares. */
export interface Booked {
  hash: string;
  /** Which trade of its transaction: this bot makes one in each, and a reorg moves the event's index in the block. */
  log: number;
  block: number;
  time: number;
  pool: string;
  kind: string;
  side: 'long' | 'short' | undefined;
  maturity: number | undefined;
  amount: bigint;
  /** Withdrawal shares that removing liquidity left. */
  withdrawal: bigint;
  paid: bigint;
  received: bigint;
  /** Base that the pool took, as it was expected; 0 where the process that sent it has ended. */
  fees: bigint;
}

const bonds = { OpenLong: 'long', OpenShort: 'short', CloseLong: 'long', CloseShort: 'short' } as const;

/** Returns what an event tells of a trade of `wallet`; undefined: it is none. */
export function tradeIn(
  log: Pick<Log, 'address' | 'topics' | 'data' | 'transactionHash' | 'index' | 'blockNumber'>,
  wallet: string,
  time: number,
): Booked | undefined {
  const event = poolAbi.parseLog(log);
  if (!event) return undefined;
  const args = event.args as unknown as Record<string, bigint> & {
    trader?: string;
    provider?: string;
    asBase?: boolean;
  };
  const who = String(args.trader ?? args.provider ?? '');
  if (who.toLowerCase() !== wallet.toLowerCase() || args.asBase === false) return undefined;
  const common = {
    hash: log.transactionHash,
    log: 0,
    block: log.blockNumber,
    time,
    pool: log.address,
    fees: 0n,
  };
  return partsOf(event, args, common);
}

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
