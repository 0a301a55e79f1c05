import { dataSlice, toQuantity } from 'ethers';
import { systemClock } from '../clock/index.ts';
import { clientsInUse, type FailoverProvider, type RpcClient } from '../rpc/index.ts';
import type { Call } from './preflight.ts';
import { simulate } from './simulate.ts';

/** The second estimate may come this much later than the first, in ms. */
const graceMs = 250;
/** The time to try out a doubted estimate, in ms. */
const tryOutMs = 1_000;

interface GasEstimatesOptions {
  provider: FailoverProvider;
  /** The address of the wallet. */
  from: string;
  /** The gas limit, as a percentage of the estimate. */
  marginPercent: bigint;
}

/**
 * Simulates calls, and compares an unusual estimate with that of a second endpoint. An estimate that is too
 * low makes a transaction that runs out of gas, is paid for, and changes nothing. If its gas limit would not
 * cover the other estimate, the limit is tried out. An estimate close to the function's earlier ones costs no
 * further request.
 */
export class GasEstimates {
  readonly #options: GasEstimatesOptions;
  /** The lowest estimate that a second endpoint has confirmed, by function. */
  readonly #confirmed = new Map<string, bigint>();
  readonly #asking = new Set<string>();

  constructor(options: GasEstimatesOptions) {
    this.#options = options;
  }

  /**
   * Estimates a call.
   * @returns the gas that the call takes
   * @throws SimulationReverted, or BotError when no node could estimate it
   */
  async of(call: Call): Promise<bigint> {
    const { provider, from, marginPercent } = this.#options;
    const name = dataSlice(call.data, 0, 4);
    const askSecond = () => this.#bySecond(name, call);
    // The second estimate runs side by side with the first, where it is needed in any case.
    const early = this.#confirmed.has(name) ? undefined : askSecond();
    const gas = await simulate(provider, { from, call });
    const gasLimit = (gas * marginPercent) / 100n;
    const usual = this.#confirmed.get(name);
    if (usual !== undefined && gasLimit >= usual) return gas;
    const second = await within(graceMs, early ?? askSecond());
    if (second === undefined) return gas;
    if (
      second.gas > gasLimit &&
      (await within(tryOutMs, isEnough(second.client, { from, call, gas: gasLimit }))) === false
    )
      return second.gas;
    this.#confirmed.set(name, usual === undefined || gas < usual ? gas : usual);
    return gas;
  }

  /**
   * Estimates at a second endpoint, one call of a function at a time: of many concurrent calls only the first
   * is compared.
   */
  async #bySecond(name: string, call: Call): Promise<{ gas: bigint; client: RpcClient } | undefined> {
    const { provider, from } = this.#options;
    const [, second] = clientsInUse(provider);
    if (!second || this.#asking.has(name)) return undefined;
    this.#asking.add(name);
    try {
      return { gas: await simulate(second.client, { from, call }), client: second.client };
    } catch {
      return undefined;
    } finally {
      this.#asking.delete(name);
    }
  }
}

/** Returns whether the gas is enough; undefined where the endpoint cannot decide. */
async function isEnough(
  client: RpcClient,
  { from, call: { to, data }, gas }: { from: string; call: Call; gas: bigint },
): Promise<boolean | undefined> {
  try {
    await client.send('eth_call', [{ from, to, data, gas: toQuantity(gas) }, 'latest']);
    return true;
  } catch (error) {
    // When the gas is not enough, some nodes name the gas, and some report a revert.
    return /gas|revert/i.test(wordsIn(error)) ? false : undefined;
  }
}

function wordsIn(error: unknown): string {
  const { info } = error as { info?: { error?: { message?: unknown } } };
  return String(info?.error?.message ?? '');
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([work, systemClock.sleep(ms, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}
