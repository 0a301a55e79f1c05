import { AbiCoder, type Interface, isError, isHexString } from 'ethers';
import { BotError, plainLine, reasonOf } from '../errors/index.ts';

const errorString = '0x08c379a0';
const panic = '0x4e487b71';

/** Thrown when the call would fail; the message holds the contract's own words. */
export class SimulationReverted extends BotError {
  /** The error's name (`InvalidCheckpointTime`); undefined when the contract gave none that is known. */
  readonly error: string | undefined;

  constructor(label: string, data: string | undefined, abi: Interface) {
    const { name, text } = describeRevert(data, abi);
    super(`${label} would revert: ${text}`);
    this.error = name;
  }
}

/**
 * Returns a revert's data in readable form: `InvalidCheckpointTime()`, a message, a panic code, or the raw
 * data.
 */
export function describeRevert(
  data: string | undefined,
  abi: Interface,
): { name: string | undefined; text: string } {
  if (!data || data === '0x') return { name: undefined, text: 'the contract refuses it and gives no reason' };
  try {
    const payload = `0x${data.slice(10)}`;
    if (data.startsWith(errorString)) {
      const [said] = AbiCoder.defaultAbiCoder().decode(['string'], payload);
      return { name: undefined, text: plainLine(said) };
    }
    if (data.startsWith(panic)) {
      return { name: 'Panic', text: `panic ${AbiCoder.defaultAbiCoder().decode(['uint256'], payload)[0]}` };
    }
    const known = abi.parseError(data);
    if (known)
      return {
        name: known.name,
        text: `${known.name}(${known.args.map(arg => plainLine(String(arg))).join(', ')})`,
      };
  } catch {
    // Data that do not decode are shown as they are.
  }
  return { name: undefined, text: `unknown error ${data.length > 74 ? `${data.slice(0, 74)}…` : data}` };
}

/** Returns whether the node executed the call and it failed; any other error is the node's own. */
export function revertDataOf(error: unknown): { reverted: boolean; data: string | undefined } {
  if (!isError(error, 'CALL_EXCEPTION')) return { reverted: false, data: undefined };
  if (isHexString(error.data)) return { reverted: true, data: error.data };
  // ethers reports every refusal of eth_call as an exception, rate limits too; only code 3 or the words mean
  // a revert.
  const cause = (error as { info?: { error?: { code?: number; message?: string } } }).info?.error;
  const reverted = cause?.code === 3 || /revert|invalid opcode|out of gas/i.test(cause?.message ?? '');
  return { reverted, data: undefined };
}

/** Converts the provider's error of a simulated call into ours. */
export function simulationError(label: string, error: unknown, abi: Interface): BotError {
  const { reverted, data } = revertDataOf(error);
  if (reverted) return new SimulationReverted(label, data, abi);
  return new BotError(`${label} could not be simulated: ${reasonOf(error)}`, { cause: error });
}
