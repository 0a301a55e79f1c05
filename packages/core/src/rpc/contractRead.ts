import { type FunctionFragment, getAddress, type Interface, type ParamType, toBeHex } from 'ethers';
import { plainLine } from '../errors/index.ts';

/** A read of a contract, with the decoder of its return data. */
export interface Read<T> {
  target: string;
  data: string;
  decode(returned: string): T;
  /** Returns the name of the contract's error that a call reverted with, where the ABI has it. */
  errorName?(data: string): string | undefined;
}

/**
 * Prepares a view function once, to be read of many contracts. A single return value comes unwrapped. Plain
 * numbers, addresses and booleans, which most reads are, are encoded and decoded by hand: ethers looks the
 * function up and hashes its selector at every call.
 * @throws Error when the ABI has no such function
 */
export function contractMethod<T = unknown>(
  abi: Interface,
  method: string,
): (target: string, ...args: unknown[]) => Read<T> {
  const fragment = abi.getFunction(method);
  if (!fragment) throw new Error(`the ABI has no function ${method}`);
  const { selector } = fragment;
  const isPlain = fragment.inputs.every(({ baseType }) => baseType.startsWith('uint'));
  const errorName = (data: string) => abi.getError(data.slice(0, 10))?.name;
  const decode = plainDecoder(fragment.outputs) ?? (returned => unwrapped(abi, fragment, returned));
  return (target, ...args) => ({
    target,
    data: isPlain
      ? selector + args.map(arg => toBeHex(arg as bigint, 32).slice(2)).join('')
      : abi.encodeFunctionData(fragment, args),
    decode(returned) {
      // A call to an address without code succeeds and returns no data.
      if (returned === '0x') throw new Error(`${method}() returned nothing: no such contract or method`);
      return decode(returned) as T;
    },
    errorName,
  });
}

/** Returns a read of `method` on the contract at `target`. */
export function contractRead<T = unknown>(
  abi: Interface,
  { target, method, args = [] }: { target: string; method: string; args?: unknown[] | undefined },
): Read<T> {
  return contractMethod<T>(abi, method)(target, ...args);
}

function unwrapped(abi: Interface, fragment: FunctionFragment, returned: string): unknown {
  const values = abi.decodeFunctionResult(fragment, returned);
  if (values.length !== 1) return values;
  const [value] = values;
  return typeof value === 'string' && fragment.outputs[0]?.baseType === 'string' ? plainLine(value) : value;
}

type WordReader = (word: bigint) => unknown;

/** Returns the reader of a value that fills one word; undefined for any other type. */
function wordReader({ baseType }: ParamType): WordReader | undefined {
  if (baseType.startsWith('uint')) return word => word;
  if (baseType.startsWith('int')) return word => BigInt.asIntN(256, word);
  if (baseType === 'bool') return word => word !== 0n;
  if (baseType === 'address') return word => getAddress(toBeHex(BigInt.asUintN(160, word), 20));
  return undefined;
}

/**
 * Returns a decoder for one value of one word, or one struct of such values; undefined for every other type.
 */
function plainDecoder(outputs: readonly ParamType[]): ((returned: string) => unknown) | undefined {
  const [only] = outputs;
  if (outputs.length !== 1 || !only) return undefined;
  const read = wordReader(only);
  if (read) return returned => read(wordAt(returned, 0));
  if (only.baseType !== 'tuple' || !only.components) return undefined;
  const fields = only.components.map(component => ({ name: component.name, read: wordReader(component) }));
  if (!fields.every((field): field is { name: string; read: WordReader } => field.read !== undefined))
    return undefined;
  return returned => Object.fromEntries(fields.map(({ name, read }, i) => [name, read(wordAt(returned, i))]));
}

/** Returns a word of the data. @throws Error when the data are too short */
function wordAt(returned: string, index: number): bigint {
  const digits = returned.slice(2 + index * 64, 66 + index * 64);
  if (digits.length !== 64) throw new Error(`${returned.length / 2 - 1} bytes were returned, too few`);
  return BigInt(`0x${digits}`);
}
