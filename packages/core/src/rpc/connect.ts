import { systemClock } from '../clock/index.ts';
import { ConfigError } from '../config/index.ts';
import { Endpoint, type EndpointAddress } from './Endpoint.ts';
import { AllEndpointsFailed } from './errors.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';

const attemptMs = 4_000;

/** The chain id that an endpoint reported. */
export interface ChainAnswer {
  position: number;
  label: string;
  chainId: number;
}

/**
 * Asks every endpoint for its chain. The wait ends `patienceMs` after the first answer; where a chain is
 * expected, after the first endpoint that serves it.
 * @throws AllEndpointsFailed when none answers, or when none that answers serves the expected chain while
 * others do not answer
 */
export async function askChains(
  addresses: readonly EndpointAddress[],
  patienceMs: number,
  expected?: number,
): Promise<ChainAnswer[]> {
  const over = new AbortController();
  const answers: ChainAnswer[] = [];
  const faults: unknown[] = [];
  const asking = addresses.map(async (address, position) => {
    const endpoint = new Endpoint(address, { attemptMs, concurrency: 1 });
    try {
      const payload = { jsonrpc: '2.0' as const, id: 1, method: 'eth_chainId', params: [] };
      const asking = { deadline: performance.now() + attemptMs, signal: over.signal };
      const [answer] = (await endpoint.ask([payload], asking)).answers;
      const chainId = chainIdIn(address.label, answer);
      answers.push({ position, label: address.label, chainId });
      return chainId;
    } catch (error) {
      faults.push(error);
      throw error;
    }
  });
  await firstAndThen(asking, patienceMs, chainId => expected === undefined || chainId === expected);
  over.abort();
  const isServed = answers.some(({ chainId }) => expected === undefined || chainId === expected);
  // The only endpoint of the expected chain may be one that has not answered yet.
  if (!isServed && answers.length < addresses.length) {
    const others = answers.map(({ label, chainId }) => `${label} serves chain ${chainId}`);
    const what = answers.length > 0 ? `no RPC endpoint of chain ${expected} answered` : undefined;
    throw new AllEndpointsFailed([...others, ...faults], what);
  }
  return answers.sort((a, b) => a.position - b.position);
}

/**
 * Returns the chain id of an answer.
 * @throws EndpointFault when the answer to `eth_chainId` is no chain id
 */
export function chainIdIn(label: string, answer: JsonRpcAnswer | undefined): number {
  const chainId = chainNumberIn(answer);
  if (chainId !== undefined) return chainId;
  const said = answer && 'error' in answer ? ` (its answer: ${answer.error.message})` : '';
  throw new EndpointFault(label, 'soft', { what: `does not report its chain id${said}` });
}

/** Returns the chain id of an answer; undefined when the answer to `eth_chainId` is no chain id. */
export function chainNumberIn(answer: JsonRpcAnswer | undefined): number | undefined {
  const chainId = answer && 'result' in answer ? Number(answer.result) : Number.NaN;
  return Number.isSafeInteger(chainId) && chainId > 0 ? chainId : undefined;
}

/**
 * Decides which chain to work on.
 * @param variable the operator's name for the list of endpoints
 * @returns the chain id
 * @throws ConfigError when no endpoint serves `expected`, or they disagree and none was expected
 */
export function settleChain(
  answers: readonly ChainAnswer[],
  expected: number | undefined,
  variable: string,
): number {
  const told = answers.map(({ label, chainId }) => `${label} serves chain ${chainId}`).join(', ');
  if (expected === undefined) {
    const [first] = answers;
    if (first && answers.every(({ chainId }) => chainId === first.chainId)) return first.chainId;
    const problem = `${told}; every endpoint has to serve the same chain: correct the list, or set CHAIN_ID`;
    throw new ConfigError([{ variable, problem }]);
  }
  if (answers.some(({ chainId }) => chainId === expected)) return expected;
  const problem = `${told}, but CHAIN_ID is ${expected}; give endpoints of chain ${expected}, or correct CHAIN_ID`;
  throw new ConfigError([{ variable, problem }]);
}

/** Resolves when all are settled, and at the latest `ms` after the first wanted value. Never rejects. */
async function firstAndThen<T>(
  work: readonly Promise<T>[],
  ms: number,
  isWanted: (value: T) => boolean,
): Promise<void> {
  const wanted = work.map(async each => {
    if (!isWanted(await each)) throw new Error('another one is wanted');
  });
  await Promise.any(wanted).catch(() => undefined);
  await settledWithin(work, ms);
}

/** Resolves when all are settled, and at the latest after `ms`. Never rejects. */
export async function settledWithin(work: readonly Promise<unknown>[], ms: number): Promise<void> {
  const over = new AbortController();
  const all = Promise.allSettled(work).then(() => over.abort());
  await Promise.race([all, systemClock.sleep(ms, over.signal)]);
}

/**
 * Gives endpoints distinct labels. Two keys at one provider have the same host: the second is called
 * `host#2`.
 */
export function distinctLabels(addresses: readonly EndpointAddress[]): EndpointAddress[] {
  return addresses.map((address, i) => {
    const { label } = address;
    const earlier = addresses.slice(0, i).filter(other => other.label === label).length;
    return { ...address, label: earlier === 0 ? label : `${label}#${earlier + 1}` };
  });
}
