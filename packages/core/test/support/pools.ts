import type { Observation, Severity } from '../../src/alerts/model/alert.ts';

/** Returns the address of the pool with this number. */
export const poolOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`;
export const vault = 'vault 0xva';
export const groupKey = `keeper:broken:devnet:-:${vault}`;
export const memberKey = (number: number) => `keeper:broken:devnet:${poolOf(number)}`;

/** Returns the observation that a pool on the vault fails. */
export const fails = (number: number, severity: Severity = 'critical', cause: string | null = vault) => ({
  check: 'broken',
  pool: poolOf(number),
  failing: true as const,
  severity,
  message: `pool ${number} broke`,
  ...(cause === null ? {} : { cause }),
});
export const holds = (number: number): Observation => ({
  check: 'broken',
  pool: poolOf(number),
  failing: false,
});
export const upTo = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i + 1));
