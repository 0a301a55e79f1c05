import { AbiCoder, dataSlice, isHexString } from 'ethers';
import { plainLine, reasonOf } from '../errors/index.ts';
import type { AggregatedResult } from './aggregate3.ts';
import type { Read } from './contractRead.ts';

/**
 * The result of a read: its value, or why there is none. A failed read never affects the others. `reverted`
 * is set where the contract itself refused. `unusable` is set where it returned no data, or data that do not
 * decode (an address without code returns no data). Every node would give either answer.
 */
export type ReadResult<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; reverted?: true; unusable?: true };

/** Returns the result of one call of an aggregate. */
export function aggregatedResult<T>(read: Read<T>, returned: AggregatedResult | undefined): ReadResult<T> {
  const [success, data] = returned ?? [false, '0x'];
  return success ? decoded(read, data) : revertedResult(read, data);
}

/** Returns the result of a successful read; `unusable` when the data do not decode. */
export function decoded<T>(read: Read<T>, data: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(data) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), unusable: true };
  }
}

/**
 * Returns the result of a reverted read.
 * @param data the revert data; undefined where the node does not return them
 */
export function revertedResult<T>(read: Read<T>, data: string | undefined): ReadResult<T> {
  return { ok: false, reason: revertReason(data, read.errorName), reverted: true };
}

/**
 * Solidity's panic codes that contracts run into:
 * https://docs.soliditylang.org/en/latest/control-structures.html
 */
const panics: Readonly<Record<string, string>> = {
  '1': 'a failed assertion',
  '17': 'arithmetic overflow',
  '18': 'division by zero inside the contract',
  '50': 'an index out of bounds',
  '65': 'too much memory',
};

/**
 * Returns why a contract refused a call, for people.
 * @param data the revert data; undefined where the node does not return them
 * @param nameOf names the contract's own errors
 */
export function revertReason(
  data: string | undefined,
  nameOf: (data: string) => string | undefined = () => undefined,
): string {
  if (data === undefined || data === '0x' || !isHexString(data)) return 'the call reverted without a reason';
  const selector = data.slice(0, 10);
  const words = standardReason(selector, data);
  if (words !== undefined) return `the call reverted: ${words}`;
  const name = selector.length === 10 ? nameOf(data) : undefined;
  return name === undefined ? `the call reverted (${selector})` : `the call reverted with ${name}()`;
}

function standardReason(selector: string, data: string): string | undefined {
  try {
    if (selector === '0x08c379a0') {
      const [text] = AbiCoder.defaultAbiCoder().decode(['string'], dataSlice(data, 4));
      return `"${plainLine(String(text)).slice(0, 120)}"`;
    }
    if (selector === '0x4e487b71') {
      const [code] = AbiCoder.defaultAbiCoder().decode(['uint256'], dataSlice(data, 4));
      return panics[String(code)] ?? `panic ${code}`;
    }
  } catch {
    // The data only begin like one of these.
  }
  return undefined;
}
