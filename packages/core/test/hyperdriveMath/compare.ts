import { expect } from '@jest/globals';
import { type Anvil, multicall3Address } from '@service-bots/devnet';
import { Contract, type Interface } from 'ethers';
import fc from 'fast-check';
import { isRefusal, TradeRefused } from '../../src/hyperdrive/trades/TradeRefused.ts';

/** A call of a contract that returns numbers. */
export interface LibraryCall {
  contract: Contract;
  method: string;
  args: unknown[];
}

/** The result of a calculation: its numbers, `nothing` where it has none, or `reverts`. */
export type ContractResult = bigint | bigint[] | 'nothing' | 'reverts';

const multicallAbi = [
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) view returns ((bool success, bytes returnData)[])',
];
const atOnce = 150;
const withoutValue = ['InvalidPresentValue', 'InsufficientLiquidity'];

/** Returns the outcomes of many calls, with few requests for all of them. */
export async function outcomesOf(anvil: Anvil, calls: readonly LibraryCall[]): Promise<ContractResult[]> {
  const multicall = new Contract(multicall3Address, multicallAbi, anvil.provider);
  const outcomes: ContractResult[] = [];
  for (let start = 0; start < calls.length; start += atOnce) {
    const part = calls.slice(start, start + atOnce);
    const encoded = await Promise.all(
      part.map(async ({ contract, method, args }) => [
        await contract.getAddress(),
        true,
        contract.interface.encodeFunctionData(method, args),
      ]),
    );
    const results = await multicall.getFunction('aggregate3').staticCall(encoded);
    part.forEach(({ contract, method }, i) => {
      const [success, data] = results[i] as [boolean, string];
      outcomes.push(outcomeOf(contract, method, success, data));
    });
  }
  return outcomes;
}

function outcomeOf(
  { interface: abi }: Contract,
  method: string,
  success: boolean,
  data: string,
): ContractResult {
  if (!success) return withoutValue.includes(errorName(abi, data)) ? 'nothing' : 'reverts';
  const values = abi.decodeFunctionResult(method, data).toArray() as (bigint | boolean)[];
  if (values.includes(false)) return 'nothing';
  const numbers = values.filter(value => typeof value === 'bigint');
  return numbers.length === 1 ? (numbers[0] as bigint) : numbers;
}

/** Overflow and division by zero revert without data. */
function errorName(abi: Interface, data: string): string {
  return data === '0x' ? '' : (abi.parseError(data)?.name ?? '');
}

function ours(calculate: () => bigint | bigint[] | undefined): ContractResult {
  try {
    return calculate() ?? 'nothing';
  } catch (error) {
    if (error instanceof TradeRefused && withoutValue.includes(error.reason)) return 'nothing';
    if (isRefusal(error)) return 'reverts';
    throw error;
  }
}

/** Compares a function of ours with the contract's over random inputs. @returns the outcomes */
export async function compare<T>(
  anvil: Anvil,
  inputs: fc.Arbitrary<T>,
  { samples, seed }: { samples: number; seed: number },
  theirs: (input: T) => LibraryCall,
  own: (input: T) => bigint | bigint[] | undefined,
): Promise<ContractResult[]> {
  const drawn = fc.sample(inputs, { numRuns: samples, seed });
  const outcomes = await outcomesOf(anvil, drawn.map(theirs));
  drawn.forEach((input, i) => {
    const outcome = ours(() => own(input));
    // Jest's own comparison takes longer than both computations, so it is used for differences only.
    if (String(outcome) !== String(outcomes[i]))
      expect({ input, outcome }).toEqual({ input, outcome: outcomes[i] });
  });
  expect(outcomes).toHaveLength(samples);
  return outcomes;
}
