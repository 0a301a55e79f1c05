import { createRequire } from 'node:module';
import { type Block, readHead } from '@service-bots/core/rpc';
import type { ActionDone, Bot, BotContext, RoundReport, TargetReport } from '@service-bots/core/runtime';
import { balanceReport, GasAboveLimit, type Sender } from '@service-bots/core/wallet';
import { checkpointAlerts } from './alerts.ts';
import { type CheckpointConfig, checkpointConfig } from './config.ts';
import { byCost, type Decision, decide } from './decide.ts';
import { type CheckpointPool, discover } from './discover.ts';
import { isoMinute, type MintTask, mint } from './mint.ts';
import { mintWithBridges } from './mintWithBridges.ts';
import { readSnapshot } from './snapshot.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Older checkpoints read in one round, over all pools, until each pool's past is known. */
const historyPerRound = 600;
/** Gas of a mint, for the balance projection: the most that was measured (173,000 to 232,000). */
const mintGas = 232_000n;
/** The least number of checkpoints that the wallet should be able to pay for. */
const fewestMints = 20;

/** Mints Hyperdrive checkpoints that no other account minted. */
export const checkpointBot: Bot<typeof checkpointConfig, CheckpointPool> = {
  name: 'checkpoint',
  version,
  config: checkpointConfig,
  alerts: checkpointAlerts,
  wallet: {
    keyVariable: 'CHECKPOINT_BOT_KEY',
    key: config => config.CHECKPOINT_BOT_KEY,
    functions: ['checkpoint(uint256 _checkpointTime, uint256 _maxIterations)'],
  },
  cadence: ({
    LOOK_SECONDS,
    DISCOVERY_SECONDS,
    ERRORS_UNTIL_CRITICAL,
    BLOCK_TIME,
    BLOCK_TIMESTAMP_INTERVAL,
  }) => ({
    lookEveryMs: LOOK_SECONDS * 1000,
    discoverEveryMs: DISCOVERY_SECONDS * 1000,
    errorsUntilCritical: ERRORS_UNTIL_CRITICAL,
    chainSpeed: BLOCK_TIME && BLOCK_TIMESTAMP_INTERVAL ? BLOCK_TIMESTAMP_INTERVAL / BLOCK_TIME : 1,
    blockTimeMs: BLOCK_TIME && BLOCK_TIME * 1000,
  }),
  discover,
  round,
};

/**
 * Reads all pools at one block, decides which checkpoints to mint, and mints them: the most expensive to
 * delay first.
 */
async function round(
  ctx: BotContext<CheckpointConfig>,
  pools: readonly CheckpointPool[],
): Promise<RoundReport> {
  const head = await readHead(ctx.provider);
  const unread = pools.filter(({ backlog }) => !backlog.complete).length;
  const historyLimit = Math.ceil(historyPerRound / Math.max(unread, 1));
  const questions = pools.map(({ address, backlog }) => ({
    address,
    times: backlog.toRead(backlog.latestAt(head.timestamp), historyLimit),
  }));
  const wallet = ctx.config.DRY_RUN ? undefined : ctx.sender?.address;
  const snapshot = await readSnapshot(ctx.reader, head, { questions, wallet });

  const looks = pools.map((pool, i): Look => {
    const read = snapshot.pools[i];
    if (!Array.isArray(read)) return { pool, decision: undefined, error: read, actions: [] };
    pool.backlog.record(read, head.number);
    return { pool, decision: decide(viewOf(pool, head, ctx.config)), error: undefined, actions: [] };
  });
  if (ctx.sender) await act(ctx, ctx.sender, looks);

  const walletWei =
    snapshot.walletWei ??
    (wallet && !ctx.reader.balanceOf(wallet) ? await ctx.provider.getBalance(wallet) : undefined);
  const balance =
    walletWei === undefined
      ? undefined
      : balanceReport({
          chain: ctx.chain,
          head,
          balanceWei: walletWei,
          thresholdWei: ctx.config.LOW_BALANCE,
          actionGas: mintGas,
          l1FeeWei: ctx.sender?.l1FeeWei,
          wantedActions: Math.max(fewestMints, pools.length),
        });
  return {
    block: head,
    targets: looks.map(reportOf),
    observations: balance ? [balance.observation] : [],
    wallet: balance?.wallet,
    unfinished: looks.some(({ pool, error }) => error === undefined && !pool.backlog.complete),
  };
}

/** The result of a round for one pool: the values read, the decision and the action. */
interface Look {
  pool: CheckpointPool;
  decision: Decision | undefined;
  error: unknown;
  actions: ActionDone[];
}

function viewOf(
  { checkpointDuration, decimals, backlog }: CheckpointPool,
  head: Block,
  config: CheckpointConfig,
) {
  const { missed, newestMinted } = backlog;
  return {
    chainTime: head.timestamp,
    checkpointDuration,
    decimals,
    waitingPeriod: config.WAITING_PERIOD,
    missed,
    newestMinted,
  };
}

/**
 * Sends all mints of all pools; they wait in the mempool side by side, and a failed mint stops no other. The
 * mints that need more gas than allowed follow, the newest first: mints in between may have made them
 * cheaper.
 */
async function act(ctx: BotContext<CheckpointConfig>, sender: Sender, looks: readonly Look[]): Promise<void> {
  const wanted = looks.flatMap(look =>
    (look.decision?.mints ?? []).map((item): Task => ({ sender, look, pool: look.pool, item })),
  );
  wanted.sort((a, b) => byCost(a.item, b.item));
  const mints = await Promise.all(wanted.map(async task => ({ task, tooDear: await mintFor(ctx, task) })));
  mints.sort((a, b) => b.task.item.time - a.task.item.time);
  await Promise.all(
    looks.map(async look => {
      for (const { task, tooDear } of mints)
        if (task.look === look && tooDear) await mintDear(ctx, task, tooDear);
    }),
  );
}

interface Task extends MintTask {
  look: Look;
}

async function mintDear(
  ctx: BotContext<CheckpointConfig>,
  task: Task,
  tooDear: GasAboveLimit,
): Promise<void> {
  try {
    task.look.actions.push(...(await mintWithBridges(ctx, task, tooDear)));
  } catch (error) {
    task.look.error ??= error;
  }
}

async function mintFor(ctx: BotContext<CheckpointConfig>, task: Task): Promise<GasAboveLimit | undefined> {
  const { look } = task;
  try {
    const done = await mint(ctx, task);
    if (done) look.actions.push(done);
  } catch (error) {
    if (error instanceof GasAboveLimit) return error;
    look.error ??= error;
  }
  return undefined;
}

function reportOf({ pool, decision, error, actions }: Look): TargetReport {
  const next = decision && {
    what: `checkpoint ${isoMinute(decision.next.checkpoint)}`,
    chainTime: decision.next.chainTime,
  };
  return { address: pool.address, actions, next, error };
}
