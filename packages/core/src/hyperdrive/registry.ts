import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';
import { BotError, reasonOf, SetupError } from '../errors/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { registryAbi } from './abi.ts';

/**
 * Addresses of the pools a registry lists, in no order that means anything (a removal swaps with the last).
 * @throws SetupError when there is no registry at this address; BotError when it could not be read
 */
export async function readRegistry(provider: FailoverProvider, registry: string): Promise<string[]> {
  if ((await provider.getCode(registry)) === '0x') {
    throw new SetupError(
      `REGISTRY_ADDRESS: there is no contract at ${registry} on chain ${provider.chainId}`,
    );
  }
  const call = async (method: string, args: unknown[]) => {
    const data = registryAbi.encodeFunctionData(method, args);
    return registryAbi.decodeFunctionResult(method, await provider.call({ to: registry, data }))[0];
  };
  let count: bigint;
  try {
    count = await call('getNumberOfInstances', []);
  } catch (cause) {
    throw new BotError(`${registry} does not answer as a Hyperdrive registry: ${reasonOf(cause)}`, { cause });
  }
  // An empty range reverts.
  if (count === 0n) return [];
  return [...((await call('getInstancesInRange', [0n, count])) as string[])];
}

const artifacts = z.object({ hyperdriveRegistry: z.string().refine(isAddress) });
const fetchTimeoutMs = 10_000;

/**
 * The registry's address from a JSON document `{"hyperdriveRegistry": "0x…"}`, as local set-ups serve it.
 * @throws BotError when the document cannot be had or holds no such address
 */
export async function registryFromArtifacts(uri: string): Promise<string> {
  const host = new URL(uri).host;
  let body: unknown;
  try {
    const response = await fetch(uri, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    body = await response.json();
  } catch (cause) {
    throw new BotError(`ARTIFACTS_URI: no JSON from ${host}: ${reasonOf(cause)}`, { cause });
  }
  const parsed = artifacts.safeParse(body);
  if (!parsed.success)
    throw new BotError(`ARTIFACTS_URI: the document of ${host} has no address under "hyperdriveRegistry"`);
  return getAddress(parsed.data.hyperdriveRegistry);
}
