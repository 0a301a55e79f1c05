import { poolAbi } from '@service-bots/core/hyperdrive';
import type { RawLog } from '@service-bots/core/rpc';
import { formatUnits, type LogDescription } from 'ethers';

/** Something that changed a pool. */
export interface PoolEvent {
  name: string;
  block: number;
  transaction: string;
  /** Seconds since 1970; for trades of positions. */
  maturityTime?: number;
  /** For people: `CloseShort of 1000 bonds that matured 2026-11-21T00:00:00Z`. */
  what: string;
}

/** The events that change what the checks look at. */
export const eventNames = [
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

/** Their first topics, for a filter. */
export const eventTopics: readonly string[] = eventNames.map(name => {
  const event = poolAbi.getEvent(name);
  if (!event) throw new Error(`the ABI has no event ${name}`);
  return event.topicHash;
});

/** @param decimals the pool's @returns undefined for a log that is none of these events */
export function eventOf(log: RawLog, decimals: number): PoolEvent | undefined {
  const parsed = poolAbi.parseLog(log);
  if (!parsed || !eventTopics.includes(parsed.topic)) return undefined;
  const maturity = parsed.fragment.inputs.some(({ name }) => name === 'maturityTime')
    ? Number(parsed.args.getValue('maturityTime'))
    : undefined;
  return {
    name: parsed.name,
    block: Number(log.blockNumber),
    transaction: log.transactionHash,
    ...(maturity === undefined ? {} : { maturityTime: maturity }),
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
