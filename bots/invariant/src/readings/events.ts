import { poolAbi } from '@service-bots/core/hyperdrive';
import type { RawLog } from '@service-bots/core/rpc';
import { formatUnits, type LogDescription } from 'ethers';

/** An event that changed a pool. */
export interface PoolEvent {
  name: string;
  block: number;
  transaction: string;
  /** Seconds since 1970; for trades of positions. */
  maturityTime?: number;
  /** For trades of positions, in the token's decimals. */
  bonds?: bigint;
  /** The vault share price (c) at that time, 18 decimals. */
  vaultSharePrice?: bigint;
  /** For a short that is closed: its payment to LPs and governance, less the haircut of a loss; in base. */
  basePayment?: bigint;
  /** The positions that a checkpoint closed when it was minted. */
  minted?: {
    /** Seconds since 1970. */
    time: number;
    shorts: bigint;
    longs: bigint;
    /** The vault share price at which the contract closed these positions, 18 decimals. */
    closingPrice: bigint;
  };
  /** For people: `CloseShort of 1000 bonds that matured 2026-11-21T00:00:00Z`. */
  what: string;
}

/** The events that change the inputs of the checks. */
const eventNames = [
  'AddLiquidity',
  'RemoveLiquidity',
  'OpenLong',
  'CloseLong',
  'OpenShort',
  'CloseShort',
  'RedeemWithdrawalShares',
  'CreateCheckpoint',
  'PauseStatusUpdated',
] as const;

/** Returns when the positions of an event mature, seconds since 1970. */
export const maturityOf = ({ minted, maturityTime = 0 }: PoolEvent) => minted?.time ?? maturityTime;

/** Returns the first topic of an event, for a filter. */
export function topicOf(name: (typeof eventNames)[number]): string {
  const event = poolAbi.getEvent(name);
  if (!event) throw new Error(`the ABI has no event ${name}`);
  return event.topicHash;
}

/** The topics of all these events. */
export const eventTopics: readonly string[] = eventNames.map(topicOf);

/** @param decimals the pool's @returns undefined for a log that is none of these events */
export function eventOf(log: RawLog, decimals: number): PoolEvent | undefined {
  const parsed = poolAbi.parseLog(log);
  if (!parsed || !eventTopics.includes(parsed.topic)) return undefined;
  const has = (field: string) => parsed.fragment.inputs.some(({ name }) => name === field);
  const value = (field: string) => parsed.args.getValue(field) as bigint;
  return {
    name: parsed.name,
    block: Number(log.blockNumber),
    transaction: log.transactionHash,
    ...(has('maturityTime') ? { maturityTime: Number(value('maturityTime')) } : {}),
    ...(has('bondAmount') ? { bonds: value('bondAmount') } : {}),
    ...(has('vaultSharePrice') ? { vaultSharePrice: value('vaultSharePrice') } : {}),
    ...(has('basePayment') ? { basePayment: value('basePayment') } : {}),
    ...(has('maturedShorts')
      ? {
          minted: {
            time: Number(value('checkpointTime')),
            shorts: value('maturedShorts'),
            longs: value('maturedLongs'),
            closingPrice: value('checkpointVaultSharePrice'),
          },
        }
      : {}),
    what: described(parsed, decimals),
  };
}

function described({ name, args, fragment }: LogDescription, decimals: number): string {
  const has = (field: string) => fragment.inputs.some(input => input.name === field);
  const amount = (field: string) => formatUnits(args.getValue(field) as bigint, decimals);
  const time = (field: string) => new Date(Number(args.getValue(field)) * 1000).toISOString();
  const parts = [name];
  if (has('bondAmount')) parts.push(`of ${amount('bondAmount')} bonds`);
  if (has('maturityTime')) parts.push(`maturing ${time('maturityTime')}`);
  if (has('lpAmount')) parts.push(`of ${amount('lpAmount')} LP shares`);
  if (has('withdrawalShareAmount')) parts.push(`with ${amount('withdrawalShareAmount')} withdrawal shares`);
  if (has('checkpointTime'))
    parts.push(
      `of ${time('checkpointTime')}, ${amount('maturedLongs')} longs and ${amount('maturedShorts')} shorts matured`,
    );
  if (has('isPaused')) parts.push(args.getValue('isPaused') ? '(paused)' : '(unpaused)');
  return parts.join(' ');
}
