import { createRequire } from 'node:module';
import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';
import type { Bot, BotContext, Due, RoundReport } from '@service-bots/core/runtime';
import { balanceReport } from '@service-bots/core/wallet';
import { newsOf } from './actionReport.ts';
import { actOnPools } from './actOnPools.ts';
import { keeperAlerts } from './alerts.ts';
import { BoundClock } from './BoundClock.ts';
import { ClockSkew } from './ClockSkew.ts';
import { checkPool } from './checkPool.ts';
import { policyOf } from './commitPlan.ts';
import { type KeeperConfig, keeperConfig } from './config.ts';
import { keyOf } from './decide.ts';
import { discover } from './discover.ts';
import type { KeeperPool } from './KeeperPool.ts';
import { closely, instantOf, type Look, type LookedAt, lookAt, lookByOf, reportOn } from './look.ts';
import { poolProblems } from './poolSetup.ts';
import { keeperFunctions } from './prizePool.ts';
import { refusedActions } from './refusedActions.ts';
import { readSnapshot } from './snapshot.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The time before its anchor, in ms, at which a commit is simulated and signed, and then held. */
const prepareMs = 1_500;
/** Checks that fail because an action is waiting. */
const aboutWaiting = ['overdue', 'pool-stalled'];
/** The number of looks in a row without a view after which it is raised. */
const looksUntilUnread = 3;
/** The gas of an action, for the balance projection, until the pools' own contracts have shown more. */
const usualGas = 200_000n;
/**
 * The number of actions for each pool that the wallet should be able to pay for: a month of weekly rounds.
 */
const actionsPerPool = 8;

/**
 * Drives prize pools: commits every round at its anchor, and settles every draw while its blockhash is
 * available.
 */
export function keeperBot(): Bot<typeof keeperConfig, KeeperPool> {
  const memory: Memory = { skew: undefined, clock: undefined, actionGas: usualGas };
  return {
    name: 'keeper',
    version,
    config: keeperConfig,
    alerts: keeperAlerts,
    wallet: {
      keyVariable: 'PRIVATE_KEY',
      key: config => config.PRIVATE_KEY,
      functions: keeperFunctions,
      // For draws. Each commit requires a draw, which may use 2.5 times as much gas (measured: 64,564 and
      // 163,381) plus the chain's margin.
      reservedGasPercent: 80n,
    },
    cadence: config => ({
      lookEveryMs: config.KEEPER_INTERVAL_MS,
      discoverEveryMs: config.KEEPER_GOVERNANCE_SECONDS * 1000,
      errorsUntilCritical: config.KEEPER_ERROR_ALERT_THRESHOLD,
      chainSpeed: 1,
    }),
    problemsOnChain: poolProblems,
    discover,
    newsOf,
    round: (ctx, pools) => round(ctx, pools, memory),
  };
}

/** The state between rounds that does not belong to a pool. */
interface Memory {
  skew: ClockSkew | undefined;
  /** The clock that anchors are compared with. */
  clock: BoundClock | undefined;
  /** The most gas that an action has taken. */
  actionGas: bigint;
}

/** Reads all pools at the head in one request, decides, and acts: draws before commits. */
async function round(
  given: BotContext<KeeperConfig>,
  pools: readonly KeeperPool[],
  memory: Memory,
): Promise<RoundReport> {
  const { KEEPER_CLOCK_TOLERANCE_SECONDS: tolerance, DRY_RUN: dryRun } = given.config;
  memory.skew ??= new ClockSkew(tolerance, given.chain.blockTimeMs);
  memory.clock ??= new BoundClock(given.clock, tolerance, given.chain.blockTimeMs);
  const clock = memory.clock;
  const ctx = { ...given, clock };

  // 1. Read the pools and the wallet's balance at the head, and compare this machine's clock with the chain's.
  const wallet = dryRun ? undefined : ctx.sender?.address;
  const askedAt = { wallMs: given.clock.now(), monotonicMs: given.clock.monotonicMs() };
  const snapshot = await readSnapshot(ctx, pools, wallet);
  const { block, walletWei } = snapshot;
  clock.see(block, askedAt);
  const skewed = memory.skew.look(block, askedAt.wallMs);

  // 2. Decide for each pool which draws and commits are due.
  const at: LookedAt = {
    head: block,
    nowMs: clock.now(),
    monotonicMs: clock.monotonicMs(),
    policy: policyOf(ctx.config),
    overdueSeconds: ctx.config.KEEPER_OVERDUE_SECONDS,
    prepareMs,
  };
  const looks = pools.map((pool, i) => lookAt(pool, snapshot.pools[i], at));

  // 3. Send the actions that are due: draws before commits.
  if (ctx.sender)
    await actOnPools(ctx, {
      sender: ctx.sender,
      looks,
      at,
      noteGas(gasUsed) {
        if (gasUsed > memory.actionGas) memory.actionGas = gasUsed;
      },
    });

  // 4. Report what was done and what is due next, the checks of each pool, and the wallet's balance.
  const balance =
    walletWei === undefined
      ? undefined
      : balanceReport({
          chain: ctx.chain,
          head: block,
          balanceWei: walletWei,
          thresholdWei: ctx.config.KEEPER_LOW_BALANCE_MON,
          actionGas: memory.actionGas,
          l1FeeWei: ctx.sender?.l1FeeWei,
          wantedActions: pools.length * actionsPerPool,
        });
  return {
    block,
    targets: looks.map(look => {
      const report = reportOn(look, at, clock.now());
      const next = report.next && onWallClock(report.next, given.clock.now() - clock.now());
      return { ...report, next, lookBy: lookByFor(look, block) };
    }),
    observations: [
      ...looks.flatMap(look => checksOf(look, at)),
      ...(balance ? [balance.observation] : []),
      ...(skewed ? [skewed] : []),
    ],
    wallet: balance?.wallet,
    unfinished: looks.some(({ unfinished }) => unfinished),
  };
}

/** The runtime waits by this machine's time, which may differ from the clock of the decision. */
function onWallClock(due: Due, aheadMs: number): Due {
  return 'clockTime' in due ? { ...due, clockTime: due.clockTime + aheadMs } : due;
}

/** A pool that cannot be read for a moment is read again as soon as before: its draw may be running. */
function lookByFor({ state, pool }: Look, head: Block): Due | undefined {
  if (!state) return pool.isCloselyWatched ? closely(head.number) : undefined;
  const lookBy = lookByOf(state, head, pool.movedAt);
  pool.isCloselyWatched = 'block' in lookBy;
  return lookBy;
}

/** Returns the observations about a pool: its own checks, and the actions that it refused. */
function checksOf(look: Look, at: LookedAt): Observation[] {
  const { pool, state, decision, moved, completed, waitsItsTurn } = look;
  if (!state || !decision) return [];
  const { address, name, anchor, setbacks, rehearsed, watchedFrom } = pool;
  const { head, nowMs, policy, overdueSeconds } = at;
  // A single look without an answer may be the node's fault: nothing is raised, and nothing resolved.
  const isBrief = pool.unreadLooks > 0 && pool.unreadLooks < looksUntilUnread;
  const now = nowMs / 1000;
  const { actions, rehearsal } = decision;
  const waitsForPrice = actions.some(
    action => action.kind === 'commit' && setbacks.of(action)?.kind === 'price',
  );
  const cannotSend = actions.some(action => setbacks.of(action)?.kind === 'retry');
  const checked = { address, name, anchor, state, head, now, policy, overdueSeconds, watchedFrom };
  const found = checkPool({ ...checked, waitsForPrice, cannotSend });
  const checks = isBrief ? found.filter(({ check }) => check !== 'view-unread') : found;
  const refused = refusedActions({
    address,
    name,
    setbacks,
    actions: actions.filter(action => !completed.has(keyOf(action))),
    rehearsal:
      rehearsal && rehearsed?.refusal ? { action: rehearsal, refusal: rehearsed.refusal } : undefined,
    moment: { head, nowMs },
    now: instantOf(at),
  });
  // The next round follows at once and sees the remaining due actions. An action that was just done needs no
  // person, and neither does a commit that waits for its turn. A draw may not wait for long.
  const stillTrue =
    moved || waitsItsTurn ? checks.filter(({ check }) => !aboutWaiting.includes(check)) : checks;
  return [...stillTrue, refused];
}
