import { divDown, divUp, minus, mulDivDown, mulDivUp, mulDown, mulUp, one, pow } from './fixedPoint.ts';

/**
 * The curve that longs and shorts trade on, YieldSpace with yield-bearing vaults:
 * k = (c/µ)·(µ·z)^t + y^t stays the same. https://hackmd.io/lRZ4mgdrRgOpxZQXqKYlFw
 *
 * Every function rounds as the contract does, and returns `undefined` where the contract reports that it has
 * no result. Amounts are in the token's decimals, prices and exponents have 18.
 */
export interface Curve {
  /** z − ζ, in vault shares. */
  effectiveShareReserves: bigint;
  /** y */
  bondReserves: bigint;
  /** t = 1 − time stretch */
  exponent: bigint;
  /** The vault share price (c): base for a vault share. */
  vaultSharePrice: bigint;
  /** µ, the vault share price when the pool began */
  initialVaultSharePrice: bigint;
}

/**
 * Returns z − ζ.
 * @throws ArithmeticError when negative, where the contract's functions report an error or revert
 */
export function effectiveShareReserves(shareReserves: bigint, shareAdjustment: bigint): bigint {
  return minus(shareReserves, shareAdjustment);
}

/** Returns the price of a bond in base: (µ·(z − ζ) / y)^timeStretch, rounded down. */
export function spotPrice({
  effectiveReserves,
  bondReserves,
  initialVaultSharePrice,
  timeStretch,
}: {
  effectiveReserves: bigint;
  bondReserves: bigint;
  initialVaultSharePrice: bigint;
  timeStretch: bigint;
}): bigint {
  return pow(mulDivDown(initialVaultSharePrice, effectiveReserves, bondReserves), timeStretch);
}

const secondsInYear = 365n * 86_400n;

/**
 * Returns the yearly rate of a bond that costs `price` base and pays 1 after `positionDuration` seconds: (1 −
 * p) / (p·t), rounded down.
 * @throws ArithmeticError for a price above 1 or of 0
 */
export function aprFromPrice(price: bigint, positionDuration: number): bigint {
  return divDown(minus(one, price), mulDivUp(price, BigInt(positionDuration), secondsInYear));
}

/** Returns the shares paid out for `bonds` sold to the curve, rounded down. */
export function sharesOutForBondsIn(curve: Curve, bonds: bigint): bigint | undefined {
  const { effectiveShareReserves: z, bondReserves: y, exponent: t } = curve;
  const k = invariantUp(curve);
  const bondPart = pow(y + bonds, t);
  if (k < bondPart) return undefined;
  const after = sharesUp(curve, k - bondPart);
  return z < after ? undefined : z - after;
}

/** Returns the shares to pay for `bonds` bought from the curve, rounded up. */
export function sharesInForBondsOut(curve: Curve, bonds: bigint): bigint | undefined {
  const { effectiveShareReserves: z, bondReserves: y, exponent: t } = curve;
  const k = invariantUp(curve);
  if (y < bonds) return undefined;
  const bondPart = pow(y - bonds, t);
  if (k < bondPart) return undefined;
  const after = sharesUp(curve, k - bondPart);
  return after < z ? undefined : after - z;
}

/** Returns the bonds paid out for `shares` paid to the curve, rounded down. */
export function bondsOutForSharesIn(curve: Curve, shares: bigint): bigint | undefined {
  const { effectiveShareReserves: z, bondReserves: y, exponent: t } = curve;
  const { vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  const k = invariantUp(curve);
  const sharePart = mulDivDown(c, pow(mulDown(mu, z + shares), t), mu);
  if (k < sharePart) return undefined;
  const after = rootUp(k - sharePart, t);
  return y < after ? undefined : y - after;
}

/** Returns the shares to pay for all the bonds that can be bought until the price is 1, rounded down. */
export function mostSharesIn(curve: Curve): bigint | undefined {
  const { effectiveShareReserves: z, exponent: t, vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  const most = divDown(rootDown(divDown(invariantDown(curve), divUp(c, mu) + one), t), mu);
  return most < z ? undefined : most - z;
}

/** Returns the bonds that can be bought until the price is 1, rounded down. */
export function mostBondsOut(curve: Curve): bigint | undefined {
  const { bondReserves: y, exponent: t, vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  const least = rootUp(divUp(invariantUp(curve), divDown(c, mu) + one), t);
  return y < least ? undefined : y - least;
}

/**
 * Returns the bonds that can be sold until the share reserves are at their minimum, rounded down.
 * @param leastShareReserves z_min; with a negative share adjustment ζ it is z_min − ζ
 */
export function mostBondsIn(curve: Curve, leastShareReserves: bigint): bigint | undefined {
  const { bondReserves: y, exponent: t, vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  const k = invariantDown(curve);
  const sharePart = mulDivUp(c, pow(mulUp(mu, leastShareReserves), t), mu);
  if (k < sharePart) return undefined;
  const most = rootDown(k - sharePart, t);
  return most < y ? undefined : most - y;
}

/** Returns k, rounded up. */
export function invariantUp(curve: Curve): bigint {
  const { effectiveShareReserves: z, bondReserves: y, exponent: t } = curve;
  const { vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  return mulDivUp(c, pow(mulUp(mu, z), t), mu) + pow(y, t);
}

/** Returns k, rounded down. */
export function invariantDown(curve: Curve): bigint {
  const { effectiveShareReserves: z, bondReserves: y, exponent: t } = curve;
  const { vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  return mulDivDown(c, pow(mulDown(mu, z), t), mu) + pow(y, t);
}

/** Returns the shares whose part of the invariant is `part`: (part·µ/c)^(1/t) / µ, rounded up. */
function sharesUp(curve: Curve, part: bigint): bigint {
  const { exponent: t, vaultSharePrice: c, initialVaultSharePrice: mu } = curve;
  return divUp(rootUp(mulDivUp(part, mu, c), t), mu);
}

/** Returns x^(1/t). Above 1 a larger exponent makes the result larger, below 1 smaller. */
function rootUp(x: bigint, t: bigint): bigint {
  return pow(x, x >= one ? divUp(one, t) : divDown(one, t));
}

function rootDown(x: bigint, t: bigint): bigint {
  return pow(x, x >= one ? divDown(one, t) : divUp(one, t));
}
