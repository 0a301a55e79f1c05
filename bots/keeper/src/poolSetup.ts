import type { ConfigProblem } from '@service-bots/core/config';
import { readHead } from '@service-bots/core/rpc';
import type { ChainView } from '@service-bots/core/runtime';
import type { KeeperConfig } from './config.ts';
import { poolReads } from './prizePool.ts';

/** The chain's answers about addresses that are meant to be pools. */
interface Asked {
  /** The open round of each address that is a pool. */
  current: ReadonlyMap<string, bigint>;
  /** A problem for each address that is no pool. */
  problems: readonly ConfigProblem[];
}

/** @throws what the provider throws when the chain cannot be read */
export async function askPools(
  { reader, provider, chain }: Omit<ChainView<unknown>, 'config'>,
  addresses: readonly string[],
): Promise<Asked> {
  const head = await readHead(provider);
  const results = await reader.read<unknown>(
    head,
    addresses.flatMap(address => [poolReads.nextExecutable(address), poolReads.currentRoundId(address)]),
  );
  const current = new Map<string, bigint>();
  const problems: ConfigProblem[] = [];
  for (const [i, address] of addresses.entries()) {
    const [next, open] = results.slice(i * 2, i * 2 + 2);
    // Either of the two views is enough to drive a pool: a restart must not abandon all pools because one view
    // of a pool fails.
    const round = open?.ok ? open.value : next?.ok ? (next.value as { rid: bigint }).rid : undefined;
    if (round !== undefined) {
      current.set(address, round as bigint);
      continue;
    }
    const hasCode = (await provider.getCode(address)) !== '0x';
    const problem = hasCode
      ? `the contract at ${address} does not answer nextExecutable() (${next && !next.ok ? next.reason : 'no answer'})`
      : `there is no contract at ${address} on ${chain.name} (chain ${chain.id})`;
    problems.push({ variable: 'POOL_ADDRESSES_V2', problem });
  }
  return { current, problems };
}

/** Returns the problems with the pools of an environment that is already refused for another reason. */
export async function poolProblems(
  view: ChainView<Partial<KeeperConfig>>,
): Promise<readonly ConfigProblem[]> {
  return (await askPools(view, view.config.POOL_ADDRESSES_V2 ?? [])).problems;
}
