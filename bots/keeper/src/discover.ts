import { SetupError } from '@service-bots/core/errors';
import { type Block, readHead } from '@service-bots/core/rpc';
import type { BotContext, Discovery, Target } from '@service-bots/core/runtime';
import type { Outcome } from './act.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import { lookAtGovernance } from './governance.ts';
import { compareWithManifest } from './manifest.ts';
import { poolReads } from './prizePool.ts';
import { type Anchor, anchorText } from './schedule.ts';
import { Setbacks } from './setback.ts';

/** A pool, and what is known about it. */
export interface KeeperPool extends Target {
  anchor: Anchor | undefined;
  /** The open round, when it was last looked at. */
  current: bigint;
  setbacks: Setbacks;
  /** The block at which the contract said that it is too early: there is no use in asking again before the next. */
  tooEarlyAt: number | undefined;
  /** What was begun in an earlier round and has not ended. */
  inHand: { action: Action; block: Block; outcome: Promise<Outcome> } | undefined;
}

/**
 * The pools of the list, checked once, at the start. Later on: what their owners have changed, and whether they are
 * still the live ones.
 * @throws SetupError with every address that is not a pool
 */
export async function discover(
  ctx: BotContext<KeeperConfig>,
  known: readonly KeeperPool[],
): Promise<Discovery<KeeperPool>> {
  const { config } = ctx;
  const pools = known.length > 0 ? known : await openPools(ctx);
  const [governance, manifest] = await Promise.all([
    lookAtGovernance(ctx, pools),
    config.KEEPER_POOL_MANIFEST === undefined
      ? []
      : compareWithManifest(config.KEEPER_POOL_MANIFEST, config.POOL_ADDRESSES_V2),
  ]);
  return { targets: pools, observations: [...governance, ...manifest] };
}

async function openPools({
  config,
  reader,
  provider,
  chain,
}: BotContext<KeeperConfig>): Promise<KeeperPool[]> {
  const { POOL_ADDRESSES_V2: addresses, POOL_SCHEDULE_V2: schedule } = config;
  const head = await readHead(provider);
  const results = await reader.read<unknown>(
    head,
    addresses.flatMap(address => [poolReads.nextExecutable(address), poolReads.currentRoundId(address)]),
  );
  const problems: string[] = [];
  const pools: KeeperPool[] = [];
  for (const [i, address] of addresses.entries()) {
    const [next, current] = results.slice(i * 2, i * 2 + 2);
    if (next?.ok && current?.ok) {
      const anchor = schedule?.get(address);
      const name = `${address.slice(0, 6)}…${address.slice(-4)}${anchor ? ` (${anchorText(anchor)})` : ''}`;
      pools.push({
        address,
        name,
        anchor,
        current: current.value as bigint,
        setbacks: new Setbacks(),
        tooEarlyAt: undefined,
        inHand: undefined,
      });
      continue;
    }
    const hasCode = (await provider.getCode(address)) !== '0x';
    const failed = next?.ok ? 'currentRoundId()' : 'nextExecutable()';
    const reason = [next, current].find(result => !result?.ok);
    problems.push(
      hasCode
        ? `the contract at ${address} does not answer ${failed} (${reason && !reason.ok ? reason.reason : 'no answer'})`
        : `there is no contract at ${address} on ${chain.name} (chain ${chain.id})`,
    );
  }
  if (problems.length > 0)
    throw new SetupError(
      `POOL_ADDRESSES_V2: ${problems.join('; ')}; give the addresses of V2 prize pools on this chain`,
    );
  return pools;
}
