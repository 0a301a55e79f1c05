import { BotError } from '../errors/index.ts';

/**
 * The contracts' arithmetic, to the wei: unsigned numbers with 18 decimals, in words of 256 bits. A
 * calculation that reverts in the contract throws here. Behaviour as of Hyperdrive v1.0.20, compared with the
 * deployed libraries by a test.
 */

/** 1 with 18 decimals. */
export const one = 10n ** 18n;

const maxUint256 = (1n << 256n) - 1n;
const maxInt256 = (1n << 255n) - 1n;

/**
 * Thrown where the contract would revert: overflow, division by zero, a negative number where none may be.
 */
export class ArithmeticError extends BotError {
  constructor(what: string) {
    super(what);
  }
}

/** Returns ⌊x·y / d⌋. @throws ArithmeticError */
export function mulDivDown(x: bigint, y: bigint, d: bigint): bigint {
  return checkedProduct(x, y, d) / d;
}

/** Returns ⌈x·y / d⌉. @throws ArithmeticError */
export function mulDivUp(x: bigint, y: bigint, d: bigint): bigint {
  const product = checkedProduct(x, y, d);
  return product / d + (product % d === 0n ? 0n : 1n);
}

/** Returns ⌊a·b⌋. */
export const mulDown = (a: bigint, b: bigint) => mulDivDown(a, b, one);
/** Returns ⌈a·b⌉. */
export const mulUp = (a: bigint, b: bigint) => mulDivUp(a, b, one);
/** Returns ⌊a / b⌋. */
export const divDown = (a: bigint, b: bigint) => mulDivDown(a, one, b);
/** Returns ⌈a / b⌉. */
export const divUp = (a: bigint, b: bigint) => mulDivUp(a, one, b);

/** Returns a − b. @throws ArithmeticError when that is negative */
export function minus(a: bigint, b: bigint): bigint {
  if (a < b) throw new ArithmeticError(`${a} − ${b} is negative`);
  return a - b;
}

/** Returns the smaller of two numbers. */
export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function checkedProduct(x: bigint, y: bigint, d: bigint): bigint {
  if (d === 0n) throw new ArithmeticError('a number is divided by 0');
  if (x < 0n || y < 0n || d < 0n) throw new ArithmeticError(`${x}·${y}/${d}: a negative number`);
  const product = x * y;
  if (product > maxUint256) throw new ArithmeticError(`${x}·${y} overflows`);
  return product;
}

/** Returns x^y = exp(y·ln x). @throws ArithmeticError */
export function pow(x: bigint, y: bigint): bigint {
  if (y === 0n) return one;
  if (x === 0n) return 0n;
  if (x < 0n || y < 0n || x > maxInt256 || y > maxInt256) throw new ArithmeticError(`${x}^${y} overflows`);
  // The product wraps around in the contract; only extreme exponents reach that.
  return exp(BigInt.asIntN(256, y * ln(x)) / one);
}

/*
 * exp and ln are rational approximations in 96 binary digits by Remco Bloemen (solexp, MIT). To agree with
 * the contracts to the last digit, the coefficients and the places where digits are dropped have to be the
 * same.
 */

/** ln 2 with 96 binary digits. */
const ln2 = 54916777467707473351141471128n;
/** Results below half a wei are 0. */
const smallestExponent = -42139678854452767551n;
/** From here on, results need more than 255 bits. */
const largestExponent = 135305999368893231589n;

/** Returns e^x; x may be negative. @throws ArithmeticError when the result does not fit */
export function exp(x: bigint): bigint {
  if (x <= smallestExponent) return 0n;
  if (x >= largestExponent) throw new ArithmeticError(`exp(${x}) overflows`);
  const binary = (x << 78n) / 5n ** 18n;
  // e^x = 2^twos · e^rest, with rest between −½ ln 2 and ½ ln 2.
  const twos = ((binary << 96n) / ln2 + (1n << 95n)) >> 96n;
  const rest = binary - twos * ln2;
  const factor = horner(rest, [1n, 1346386616545796478920950773328n, 57155421227552351082224309758442n]);
  const shifted = factor + rest - 94201549194550492254356042504812n;
  const top =
    (((shifted * factor) >> 96n) + 28719021644029726153956944680412240n) * rest +
    (4385272521454847904659076985693276n << 96n);
  const bottom = horner(rest, expDenominator);
  return ((top / bottom) * 3822833074963236453042738258902158003155416615667n) >> (195n - twos);
}

const expDenominator = [
  1n,
  -2855989394907223263936484059900n,
  50020603652535783019961831881945n,
  -533845033583426703283633433725380n,
  3604857256930695427073651918091429n,
  -14423608567350463180887372962807573n,
  26449188498355588339934803723976023n,
];

/** Returns the natural logarithm; negative below 1. @throws ArithmeticError unless x > 0 */
export function ln(x: bigint): bigint {
  if (x <= 0n) throw new ArithmeticError(`ln(${x}) does not exist`);
  // x = 2^twos · rest, with rest between 1 and 2.
  const twos = BigInt(x.toString(2).length - 97);
  const rest = twos >= 0n ? x >> twos : x << -twos;
  const top = horner(rest, lnNumerator) * rest - (795164235651350426258249787498n << 96n);
  const ratio = top / horner(rest, lnDenominator);
  const scaled =
    ratio * 1677202110996718588342820967067443963516166n +
    16597577552685614221487285958193947469193820559219878177908093499208371n * twos +
    600920179829731861736702779321621459595472258049074101567377883020018308n;
  return scaled >> 174n;
}

const lnNumerator = [
  1n,
  3273285459638523848632254066296n,
  24828157081833163892658089445524n,
  43456485725739037958740375743393n,
  -11111509109440967052023855526967n,
  -45023709667254063763336534515857n,
  -14706773417378608786704636184526n,
];

const lnDenominator = [
  1n,
  5573035233440673466300451813936n,
  71694874799317883764090561454958n,
  283447036172924575727196451306956n,
  401686690394027663651624208769553n,
  204048457590392012362485061816622n,
  31853899698501571402653359427138n,
  909429971244387300277376558375n,
];

/**
 * Evaluates a polynomial whose first coefficient is 1, with 96 binary digits; each product is cut to them,
 * downwards.
 */
function horner(x: bigint, [, second = 0n, ...others]: readonly bigint[]): bigint {
  return others.reduce((sum, coefficient) => ((sum * x) >> 96n) + coefficient, x + second);
}
