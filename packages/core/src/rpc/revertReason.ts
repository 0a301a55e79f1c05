import { AbiCoder, dataSlice, isHexString } from 'ethers';
import { plainLine } from '../errors/index.ts';

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
