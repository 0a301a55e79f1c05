import { existsSync } from 'node:fs';
import { chainOf } from '@service-bots/core/chains';
import {
  distinctEndpoints,
  type Env,
  endpointsOf,
  loadConfig,
  rpcVariables,
  runtimeVariables,
} from '@service-bots/core/config';
import { BotError, reasonOf } from '@service-bots/core/errors';
import {
  hyperdriveVariables,
  oneRegistry,
  readPools,
  readRegistry,
  registryAddress,
} from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, readHead } from '@service-bots/core/rpc';
import { z } from 'zod';
import { bothThresholds, tradingVariables } from '../config.ts';
import { seenIn } from '../decide.ts';
import { readHalt } from '../limits/halt.ts';
import { capitalInAll, poolLimits } from '../limits/poolLimits.ts';
import { namedPoolsListed, valueFor } from '../perPool.ts';
import { outcomeText } from '../planning/outcomeText.ts';
import { plan, unlessBroken } from '../planning/plan.ts';
import { planUnwind } from '../planning/planUnwind.ts';
import { amountText, isoMinute, percent } from '../planning/texts.ts';
import type { Limits, PoolPlan } from '../planning/view.ts';
import { newPool } from '../reading/LpandarbPool.ts';
import { readSnapshot, scanPositions } from '../reading/readSnapshot.ts';

const commandConfig = z
  .object({
    ...rpcVariables,
    ...hyperdriveVariables,
    ...tradingVariables,
    STATE_DIR: runtimeVariables.STATE_DIR,
  })
  .check(distinctEndpoints, oneRegistry, bothThresholds, namedPoolsListed);

/** The plan at the newest block. */
export interface PlannedNow {
  block: number;
  time: string;
  /** The wallet whose positions count. If undefined, a wallet with the capital and no positions is assumed. */
  wallet: string | undefined;
  halted: string | undefined;
  pools: (PoolPlan & { decimals: number })[];
  unreadable: { address: string; reason: string }[];
}

/**
 * Plans on the newest block, without a key. The limits over time belong to the bot's ledger and are not
 * applied here.
 * @param wallet the address whose positions count; without it, a wallet that holds only the capital
 * @throws ConfigError, SetupError, BotError
 */
export async function planNow(env: Env, wallet: string | undefined): Promise<PlannedNow> {
  const { config } = loadConfig(commandConfig, env);
  const provider = await FailoverProvider.connect(endpointsOf(config), config.CHAIN_ID);
  try {
    const chain = chainOf(provider.chainId);
    const reader = await createBatchReader(provider);
    const head = await readHead(provider);
    const read = await readPools(reader, head, config.LPANDARB_POOLS);
    const listed = await readRegistry(provider, await registryAddress(config, chain));
    const pools = read.pools.map(pool => {
      const isRegistered = listed.some(address => address.toLowerCase() === pool.address.toLowerCase());
      return { ...newPool(pool), isRegistered };
    });
    if (wallet !== undefined)
      for (const pool of pools.filter(each => each.settlement !== undefined))
        await scanPositions(reader, { block: head, pool, wallet });
    const none = { lpShares: 0n, withdrawalShares: 0n, bonds: [], allowance: 0n };
    const look = await readSnapshot({
      reader,
      block: head,
      pools,
      wallet,
      ...(wallet === undefined ? { paper: () => none } : {}),
      sourceOf: pool => valueFor(config.VARIABLE_RATE, pool) ?? { kind: 'checkpoints' },
      lookBackSeconds: config.LOOK_BACK_HOURS * 3_600,
    });
    const failed = look.pools.find(({ error }) => error !== undefined);
    if (failed && pools.length === 1)
      throw new BotError(`${failed.pool.name} could not be read`, { cause: failed.error });
    const gas = {
      priceWei: (head.baseFeeWei ?? chain.defaultBaseFeeWei) + chain.defaultTipWei,
      firstLayerWei: 0n,
    };
    const capital = (account: string) => capitalInAll(config, pools, account);
    const base =
      wallet === undefined
        ? new Map(
            pools
              .flatMap(({ settlement }) => (settlement ? [settlement.account] : []))
              .map(account => [account, capital(account)]),
          )
        : look.snapshot.base;
    // The folder of the bot may be on another machine.
    const halt = existsSync(config.STATE_DIR) ? readHalt(config.STATE_DIR) : undefined;
    const limits: Limits = {
      of: address =>
        poolLimits(config, pools.find(pool => pool.address === address) as (typeof pools)[number], gas),
      capitalInAll: capital,
      noNewRisk: halt && `${halt.mode} by ${halt.by}: ${halt.why}`,
      transactions: 100,
    };
    const plans =
      halt?.mode === 'unwind'
        ? seenIn(look).map(({ view, marked }) =>
            unlessBroken(view, () =>
              planUnwind(view, {
                positions: marked.positions,
                limits: limits.of(view.address),
                transactions: 100,
              }),
            ),
          )
        : plan({ ...look.snapshot, base }, look.positions, limits);
    return {
      block: head.number,
      time: isoMinute(head.timestamp),
      wallet,
      halted: halt && `${halt.mode} by ${halt.by}: ${halt.why}`,
      pools: plans.map(each => ({
        ...each,
        decimals: pools.find(({ address }) => address === each.pool)?.decimals ?? 18,
      })),
      unreadable: [
        ...read.unreadable,
        ...look.pools.flatMap(each => {
          const { address } = each.pool;
          if ('refused' in each) return [{ address, reason: each.refused }];
          return each.error === undefined ? [] : [{ address, reason: reasonOf(each.error) }];
        }),
      ],
    };
  } finally {
    provider.destroy();
  }
}

/** Returns a plan as text for people. */
export function planText({ block, time, wallet, halted, pools, unreadable }: PlannedNow): string {
  const whose =
    wallet === undefined ? 'for a wallet that holds the capital and no positions' : `for ${wallet}`;
  const lines = [`Block ${block}, ${time}, ${whose}`];
  if (halted !== undefined) lines.push(`In force: ${halted}`);
  for (const { name, pool, fixedRate, variableRate, band, steps, notes, decimals } of pools) {
    const between = band ? `, no trade between ${percent(band.low)} and ${percent(band.high)}` : '';
    lines.push(
      '',
      `${name} (${pool})`,
      `  fixed ${percent(fixedRate)}, variable ${percent(variableRate)}${between}`,
    );
    for (const [i, step] of steps.entries()) {
      const { kind, reason, horizonSeconds, fees, gasCost } = step;
      const amount = (value: bigint) => amountText(value, decimals);
      const days = (horizonSeconds / 86_400).toFixed(1);
      const horizon = horizonSeconds > 0 ? `, if the variable rate holds for ${days} days` : '';
      lines.push(
        `  ${i + 1}. ${kind}: ${reason}`,
        `     ${outcomeText(step, decimals)}${horizon}; fees ${amount(fees)}, gas ${amount(gasCost)} are counted`,
      );
    }
    for (const note of notes) lines.push(`  - ${note}`);
    if (steps.length > 1) lines.push('  (one step at a time: the rest is planned anew after it)');
  }
  for (const { address, reason } of unreadable) lines.push('', `${address} is left out: ${reason}`);
  lines.push(
    '',
    'Limits over time and the word of the invariant bot are not applied here; /status shows them.',
  );
  return `${lines.join('\n')}\n`;
}
