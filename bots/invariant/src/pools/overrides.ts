import { createRequire } from 'node:module';
import { SetupError } from '@service-bots/core/errors';
import { one } from '@service-bots/core/hyperdrive';
import { getAddress } from 'ethers';
import { z } from 'zod';
import { checkNames } from '../checks/index.ts';
import type { PoolSettings } from './InvariantPool.ts';

/** Loaded with the first file only: a bot without one starts a tenth sooner. */
const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml');

const day = 86_400;
/** The look-back without an override: an hour. */
const usualLookBackSeconds = 3_600;

const checkName = z
  .string()
  .refine(name => checkNames.includes(name), { message: `is not one of ${checkNames.join(', ')}` });
const wholeNumber = z
  .string()
  .regex(/^\d+$/, 'is not a whole number of wei, such as 10000000000000')
  .transform(BigInt);
const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?$/, 'is not a percentage, such as 5 or 0.5')
  .transform(text => BigInt(Math.round(Number(text) * 1e9)) * 10n ** 7n);
const until = z.iso
  .date('is not a date, such as 2026-12-31')
  .transform(text => Date.parse(`${text}T23:59:59Z`));
const address = z.string().transform((text, context) => {
  try {
    return getAddress(text.toLowerCase());
  } catch {
    context.addIssue({ code: 'custom', message: 'is not an address (0x and 40 hex digits)' });
    return z.NEVER;
  }
});
const warnBelow = z.record(checkName, percent);

/** Accepts these fields and no others: the error for a misspelt field lists them. */
function only<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? `${(issue.keys as string[]).join(', ')}: there is no such field; there are ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

const poolOverride = only({
  /** For people; no code depends on it. */
  name: z.string().optional(),
  totalSharesTolerance: wholeNumber.optional(),
  sharePriceNoise: wholeNumber
    .refine(value => value > 0n, 'is 0: a price that stays would fail; 1 is the least')
    .optional(),
  lookBackHours: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'is not a number of hours, such as 12')
    .transform(text => Math.round(Number(text) * 3_600))
    .refine(value => value >= 60 && value <= 30 * day, { message: 'is not between a minute and 30 days' })
    .optional(),
  baseIsYield: z
    .enum(['true', 'false'], { error: 'is neither true nor false' })
    .transform(text => text === 'true')
    .optional(),
  mute: z
    .array(z.strictObject({ check: checkName, until, reason: z.string().min(1, 'is empty') }))
    .optional(),
  warnBelow: warnBelow.optional(),
});
/** Addresses in different spellings are the same pool: the second would silently replace the first. */
const poolOverrides = z
  .record(z.string(), z.unknown())
  .superRefine((pools, { addIssue }) => {
    const seen = new Set<string>();
    for (const pool of Object.keys(pools).flatMap(key => address.safeParse(key).data ?? [])) {
      if (seen.has(pool)) addIssue({ code: 'custom', message: `names ${pool} twice` });
      seen.add(pool);
    }
  })
  .pipe(z.record(address, poolOverride));
const overridesFile = only({
  warnBelow: warnBelow.optional(),
  pools: poolOverrides.optional(),
});

export type Overrides = z.output<typeof overridesFile>;
export const noOverrides: Overrides = {};

/**
 * Parses the overrides. @param text YAML. Every scalar is read as text: addresses stay addresses and wei stay
 * whole.
 * @throws SetupError with all mistakes
 */
export function parseOverrides(text: string, file: string): Overrides {
  let document: unknown;
  try {
    document = yaml().parse(text, { schema: 'failsafe' });
  } catch (cause) {
    throw new SetupError(`INVARIANT_OVERRIDES_FILE: ${file} is no YAML: ${(cause as Error).message}`, {
      cause,
    });
  }
  const result = overridesFile.safeParse(document ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(problemOf);
  throw new SetupError(`INVARIANT_OVERRIDES_FILE: ${file} cannot be used\n${problems.join('\n')}`);
}

function problemOf({ path, message, ...issue }: z.core.$ZodIssue): string {
  const nested = 'issues' in issue && Array.isArray(issue.issues) ? issue.issues[0]?.message : undefined;
  return `  ${path.join('.') || 'the file'}: ${nested ?? message}`;
}

/** @throws SetupError when a pool is not in the registry */
export function assertListed(overrides: Overrides, listed: readonly string[], file: string): void {
  const unknown = Object.keys(overrides.pools ?? {}).filter(pool => !listed.includes(pool));
  if (unknown.length === 0) return;
  throw new SetupError(
    `INVARIANT_OVERRIDES_FILE: ${file} is about ${unknown.join(', ')}, which the registry does not list; correct or remove it`,
  );
}

/** Returns the settings of one pool. @param decimals the token's */
export function settingsOf(overrides: Overrides, pool: string, decimals: number): PoolSettings {
  const own = overrides.pools?.[pool] ?? {};
  return {
    totalSharesTolerance: own.totalSharesTolerance ?? usualSharesTolerance(decimals),
    sharePriceNoise: own.sharePriceNoise ?? usualPriceNoise(decimals),
    lookBackSeconds: own.lookBackHours ?? usualLookBackSeconds,
    mutes: own.mute ?? [],
    warnBelow: { ...overrides.warnBelow, ...own.warnBelow },
  };
}

/** A thousand-millionth of a share, and never less than the possible sum of roundings. */
function usualSharesTolerance(decimals: number): bigint {
  const scaled = decimals >= 9 ? 10n ** BigInt(decimals - 9) : 0n;
  return scaled > roundingUnits ? scaled : roundingUnits;
}

/** The units of the token that the roundings of many trades may add up to. */
const roundingUnits = 100n;

/** 10 wei at 18 decimals; with fewer, one unit of the token in a vault that holds a million. */
function usualPriceNoise(decimals: number): bigint {
  const unitOfMillion = decimals >= 18 ? 0n : one / 10n ** BigInt(decimals + 6);
  return unitOfMillion > 10n ? unitOfMillion : 10n;
}
