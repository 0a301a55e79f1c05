import { type FunctionFragment, type Interface, type ParamType, toBeHex } from 'ethers';

/** One contract read and how to understand what it returns. */
export interface Read<T> {
  target: string;
  data: string;
  decode(returned: string): T;
}

/**
 * A view function, made ready once to be read of many contracts: a single return value comes unwrapped.
 * Plain unsigned numbers, which most reads are, are written and read by hand: ethers looks the function up and hashes
 * its selector anew at every call.
 * @throws Error when the ABI has no such function
 */
export function contractMethod<T = unknown>(
  abi: Interface,
  method: string,
): (target: string, ...args: unknown[]) => Read<T> {
  const fragment = abi.getFunction(method);
  if (!fragment) throw new Error(`the ABI has no function ${method}`);
  const { selector } = fragment;
  const isPlain = fragment.inputs.every(isUint);
  const decode = plainDecoder(fragment.outputs) ?? (returned => unwrapped(abi, fragment, returned));
  return (target, ...args) => ({
    target,
    data: isPlain
      ? selector + args.map(arg => toBeHex(arg as bigint, 32).slice(2)).join('')
      : abi.encodeFunctionData(fragment, args),
    decode(returned) {
      // A call to an address without code succeeds and returns nothing.
      if (returned === '0x') throw new Error(`${method}() returned nothing: no such contract or method`);
      return decode(returned) as T;
    },
  });
}

/** One read of `method` on the contract at `target`. */
export function contractRead<T = unknown>(
  abi: Interface,
  target: string,
  method: string,
  args: unknown[] = [],
): Read<T> {
  return contractMethod<T>(abi, method)(target, ...args);
}

function unwrapped(abi: Interface, fragment: FunctionFragment, returned: string): unknown {
  const values = abi.decodeFunctionResult(fragment, returned);
  return values.length === 1 ? values[0] : values;
}

/** For one unsigned number, or one struct of nothing else; undefined for everything else. */
function plainDecoder(outputs: readonly ParamType[]): ((returned: string) => unknown) | undefined {
  const [only] = outputs;
  if (outputs.length !== 1 || !only) return undefined;
  if (isUint(only)) return returned => wordAt(returned, 0);
  const { components } = only;
  if (only.baseType !== 'tuple' || !components?.every(isUint)) return undefined;
  return returned => Object.fromEntries(components.map(({ name }, i) => [name, wordAt(returned, i)]));
}

function isUint({ baseType }: ParamType): boolean {
  return baseType.startsWith('uint');
}

/** @throws Error when there are not so many words */
function wordAt(returned: string, index: number): bigint {
  const digits = returned.slice(2 + index * 64, 66 + index * 64);
  if (digits.length !== 64) throw new Error(`${returned.length / 2 - 1} bytes were returned, too few`);
  return BigInt(`0x${digits}`);
}
