/**
 * Multicall3's `aggregate3`, encoded and decoded by hand: ethers copies the rest of the answer for every
 * element, so that its time and garbage grow with the square of their number (measured: seconds for a few
 * thousand calls).
 */

/** A call within an aggregate; the call may fail. */
export interface AggregatedCall {
  target: string;
  /** Calldata, 0x and an even number of hex digits. */
  data: string;
}

/** The result of one call: whether it succeeded, and its return or revert data. */
export type AggregatedResult = [success: boolean, returnData: string];

/** Selector of `aggregate3((address target, bool allowFailure, bytes callData)[])`. */
const selector = '0x82ad56cb';
/** Hex digits in a word of 32 bytes. */
const word = 64;

/** Returns the calldata of `aggregate3` for these calls. */
export function encodeAggregate3(calls: readonly AggregatedCall[]): string {
  const offsets: string[] = [];
  const tuples: string[] = [];
  let offset = calls.length * 32;
  for (const { target, data } of calls) {
    const bytes = data.slice(2);
    const padded = bytes.padEnd(Math.ceil(bytes.length / word) * word, '0');
    offsets.push(number(offset));
    tuples.push(
      target.slice(2).toLowerCase().padStart(word, '0'),
      number(1),
      number(96),
      number(bytes.length / 2),
      padded,
    );
    offset += 4 * 32 + padded.length / 2;
  }
  return [selector, number(32), number(calls.length), ...offsets, ...tuples].join('');
}

/**
 * Decodes the result of `aggregate3`.
 * @throws Error when the answer is not what `aggregate3` returns for `count` calls
 */
export function decodeAggregate3(returned: string, count: number): AggregatedResult[] {
  const array = position(returned, 0);
  if (position(returned, array) !== count) throw new Error(`Multicall3 did not answer ${count} calls`);
  const base = array + 32;
  return Array.from({ length: count }, (_, i) => {
    const tuple = base + position(returned, base + i * 32);
    const success = position(returned, tuple) === 1;
    const bytes = tuple + position(returned, tuple + 32);
    const from = digit(bytes + 32);
    const to = from + position(returned, bytes) * 2;
    if (to > returned.length) throw new Error("Multicall3's answer is cut short");
    return [success, `0x${returned.slice(from, to)}`];
  });
}

function number(value: number): string {
  return value.toString(16).padStart(word, '0');
}

/** Returns the position in the text at which byte `at` begins. */
function digit(at: number): number {
  return 2 + at * 2;
}

/** Returns the word at byte `at`, as a small number. */
function position(text: string, at: number): number {
  const digits = text.slice(digit(at), digit(at + 32));
  // No value in an answer is longer than 2^48 bytes: with higher digits it is not the answer to our request.
  if (digits.length !== word || !/^0{52}/.test(digits)) throw new Error("Multicall3's answer is malformed");
  return Number.parseInt(digits, 16);
}
