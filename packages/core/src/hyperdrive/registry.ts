import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';
import type { Chain } from '../chains/index.ts';
import { BotError, reasonOf, SetupError } from '../errors/index.ts';
import { httpRequest } from '../http/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { registryAbi } from './abi.ts';

/** The variables that locate the registry. @default the chain's registry */
export interface RegistryConfig {
  REGISTRY_ADDRESS?: string | undefined;
  ARTIFACTS_URI?: string | undefined;
}

/**
 * Returns the registry's address.
 * @throws SetupError when none is given and none is known; BotError when the artifacts document cannot be
 * read
 */
export async function registryAddress(config: RegistryConfig, chain: Chain): Promise<string> {
  if (config.REGISTRY_ADDRESS) return config.REGISTRY_ADDRESS;
  if (config.ARTIFACTS_URI) return registryFromArtifacts(config.ARTIFACTS_URI);
  if (chain.registry) return chain.registry;
  throw new SetupError(
    `REGISTRY_ADDRESS is not set, and no public registry is known on ${chain.name}; give the registry's address`,
  );
}

/**
 * Returns the addresses of a registry's pools. Their order has no meaning (a removal swaps with the last).
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
/** The document has a few addresses. */
const mostArtifactsBytes = 1_048_576;

/**
 * Reads the registry's address from a JSON document `{"hyperdriveRegistry": "0x…"}`, as local set-ups serve
 * it.
 * @throws BotError when the document cannot be read or holds no such address
 */
export async function registryFromArtifacts(uri: string): Promise<string> {
  const host = new URL(uri).host;
  let body: unknown;
  try {
    const signal = AbortSignal.timeout(fetchTimeoutMs);
    const reply = await httpRequest(uri, {
      signal,
      mostBytes: mostArtifactsBytes,
      onlyOk: true,
      redirects: 5,
    });
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
    body = JSON.parse(reply.body);
  } catch (cause) {
    throw new BotError(`ARTIFACTS_URI: no JSON from ${host}: ${reasonOf(cause)}`, { cause });
  }
  const parsed = artifacts.safeParse(body);
  if (!parsed.success)
    throw new BotError(`ARTIFACTS_URI: the document of ${host} has no address under "hyperdriveRegistry"`);
  return getAddress(parsed.data.hyperdriveRegistry);
}
