import { createRequire } from 'node:module';
import type { Observation } from '@service-bots/core/alerts';
import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { Bot, BotContext, RoundReport, TargetReport } from '@service-bots/core/runtime';
import { assessBalance, type Sender } from '@service-bots/core/wallet';
import { act } from './act.ts';
import { newsOf } from './actionReport.ts';
import { keeperAlerts } from './alerts.ts';
import { ClockSkew } from './clockSkew.ts';
import { policyOf } from './commitPlan.ts';
import { type KeeperConfig, keeperConfig } from './config.ts';
import { type Action, byUrgency, type Decision, decide } from './decide.ts';
import { discover, type KeeperPool } from './discover.ts';
import { checkPool } from './poolChecks.ts';
import { poolProblems } from './poolSetup.ts';
import { keeperFunctions } from './prizePool.ts';
import { type PoolState, readSnapshot } from './snapshot.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** How long before its anchor a commit is simulated, signed and held. */
const prepareMs = 1_500;
/** A transaction that is not mined so long after it could leave no longer keeps the keeper from looking at its pools. */
const patienceMs = 5_000;
/** Checks that fail because of something that is waiting to be done. */
const aboutWaiting = ['overdue', 'pool-stalled'];
/** Gas of an action, for the balance projection, until the pools' own contracts have shown more. */
const usualGas = 200_000n;
/** Actions that the wallet should be able to pay for, for each pool: a month of weekly rounds. */
const actionsPerPool = 8;

/** Drives prize pools: every round committed at its anchor, every draw settled while its blockhash is there. */
export function keeperBot(): Bot<typeof keeperConfig, KeeperPool> {
  const memory: Memory = { skew: undefined, actionGas: usualGas };
  return {
    name: 'keeper',
    version,
    config: keeperConfig,
    alerts: keeperAlerts,
    wallet: {
      keyVariable: 'PRIVATE_KEY',
      key: config => config.PRIVATE_KEY,
      functions: keeperFunctions,
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

/** An action goes on after the round that began it. */
class StillInHand extends BotError {
  constructor() {
    super('it is not mined yet');
  }
}

/** What is remembered from round to round beside what belongs to a pool. */
interface Memory {
  skew: ClockSkew | undefined;
  /** The most gas that an action has taken. */
  actionGas: bigint;
}

/** What a round came to know and did about one pool. */
interface Look {
  pool: KeeperPool;
  state: PoolState | undefined;
  decision: Decision;
  report: TargetReport;
  /** There is more to do for it right away. */
  unfinished: boolean;
  /** What was due is done since it was read. */
  moved: boolean;
  /** Its commit comes after others, of which this round has got one done. */
  waitsItsTurn: boolean;
}

/** Reads all pools at the head in one request, decides, and acts: draws before commits. */
async function round(
  ctx: BotContext<KeeperConfig>,
  pools: readonly KeeperPool[],
  memory: Memory,
): Promise<RoundReport> {
  const wallet = ctx.config.DRY_RUN ? undefined : ctx.sender?.address;
  const askedAtMs = ctx.clock.now();
  const snapshot = await readSnapshot(ctx.provider, ctx.reader, pools, wallet);
  const { block, walletWei } = snapshot;
  const nowMs = ctx.clock.now();
  memory.skew ??= new ClockSkew(ctx.config.KEEPER_CLOCK_TOLERANCE_SECONDS, ctx.chain.blockTimeMs);
  const skewed = memory.skew.look(block, askedAtMs);

  const looks = pools.map((pool, i) => lookAt(ctx, pool, snapshot.pools[i], block, nowMs));
  if (ctx.sender) await actOnSome(ctx, ctx.sender, looks, block, memory);

  const balance =
    walletWei === undefined
      ? undefined
      : balanceReport(ctx, block, walletWei, pools.length, memory.actionGas);
  return {
    block,
    targets: looks.map(({ report }) => report),
    observations: [
      ...looks.flatMap(look => checksOf(ctx, look, block, nowMs)),
      ...(balance ? [balance.observation] : []),
      ...(skewed ? [skewed] : []),
    ],
    wallet: balance && { balanceWei: balance.balanceWei, actionsLeft: balance.actionsLeft },
    unfinished: looks.some(({ unfinished }) => unfinished),
  };
}

function lookAt(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  state: PoolState | BotError | undefined,
  head: Block,
  nowMs: number,
): Look {
  const { address, anchor } = pool;
  const nothing: Decision = { action: undefined, next: undefined };
  const look = { pool, unfinished: false, moved: false, waitsItsTurn: false };
  if (!state || state instanceof BotError) {
    const report = { address, actions: [], error: state ?? new BotError(`${address} was not read`) };
    return { ...look, state: undefined, decision: nothing, report };
  }
  pool.current = state.current;
  if (state.paused) pool.pausedAt = head.number;
  // Whatever the contract asks for meanwhile: it may not know yet of what is on its way.
  if (pool.inHand)
    return {
      ...look,
      state,
      decision: { action: pool.inHand.action, next: undefined },
      report: waitingFor(pool),
    };
  const decision = decide({ state, head, nowMs, anchor, policy: policyOf(ctx.config), prepareMs });
  const { action, next } = decision;
  pool.setbacks.keepOnly(action);
  if (action && pool.tooEarlyAt === head.number) {
    const again = { what: `${action.kind} round ${action.round}`, block: head.number + 1 };
    return { ...look, state, decision: nothing, report: { address, actions: [], next: again } };
  }
  const heldUntil = action && pool.setbacks.heldUntil(action, nowMs);
  if (heldUntil !== undefined && action) {
    const what = `${action.kind} round ${action.round} again`;
    const report = { address, actions: [], next: { what, clockTime: heldUntil }, suspended: true };
    return { ...look, state, decision: nothing, report };
  }
  return { ...look, state, decision, report: { address, actions: [], next } };
}

/** As many at a time as the wallet may have in flight, the most urgent first: the others have their turn right after. */
async function actOnSome(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  looks: readonly Look[],
  block: Block,
  memory: Memory,
): Promise<void> {
  const due = looks.flatMap(look => (look.decision.action ? [{ look, action: look.decision.action }] : []));
  const isBegun = ({ look }: { look: Look }) => (look.pool.inHand ? 0 : 1);
  due.sort((a, b) => isBegun(a) - isBegun(b) || byUrgency(a.action, b.action));
  const now = due.slice(0, ctx.chain.maxInFlight);
  const later = due.slice(now.length);
  for (const { look } of later) look.unfinished = true;
  await Promise.all(now.map(({ look, action }) => actFor(ctx, sender, look, action, block, memory)));
  const isGettingOn = now.some(({ look }) => look.moved);
  for (const { look, action } of later) look.waitsItsTurn = isGettingOn && action.kind === 'commit';
}

async function actFor(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  look: Look,
  action: Action,
  block: Block,
  memory: Memory,
): Promise<void> {
  const { pool } = look;
  const { address } = pool;
  pool.inHand ??= { action, block, outcome: act(ctx, sender, pool, action, block) };
  const { inHand } = pool;
  try {
    const heldMs = Math.max((action.notBeforeMs ?? 0) - ctx.clock.now(), 0);
    const outcome = await withDeadline(inHand.outcome, heldMs + patienceMs, () => new StillInHand());
    pool.inHand = undefined;
    const nowMs = ctx.clock.now();
    if (outcome.kind === 'hopeless') {
      pool.setbacks.failed('quarantine', action, outcome.reason, nowMs);
      look.report = { address, actions: [], suspended: true, next: againAt(pool, action) };
      return;
    }
    if (outcome.kind === 'too-early') {
      const { number } = inHand.block;
      pool.tooEarlyAt = number;
      const next = { what: `${action.kind} round ${action.round}`, block: number + 1 };
      look.report = { address, actions: [], next };
      return;
    }
    if (outcome.kind === 'rehearsed') return;
    pool.setbacks.clear();
    look.unfinished = true;
    look.moved = true;
    if (outcome.kind === 'overtaken') return;
    if (outcome.gasUsed > memory.actionGas) memory.actionGas = outcome.gasUsed;
    look.report = { address, actions: [outcome.action] };
  } catch (error) {
    if (error instanceof StillInHand) {
      look.unfinished = true;
      look.report = waitingFor(pool);
      return;
    }
    pool.inHand = undefined;
    pool.setbacks.failed('retry', action, reasonOf(error), ctx.clock.now());
    look.report = { address, actions: [], error, next: againAt(pool, action) };
  }
}

/** Not yet a failure, and no success. */
function waitingFor({ address }: KeeperPool): TargetReport {
  return { address, actions: [], suspended: true };
}

function againAt({ setbacks }: KeeperPool, { kind, round }: Action) {
  return { what: `${kind} round ${round} again`, clockTime: setbacks.last?.untilMs ?? 0 };
}

function checksOf(
  ctx: BotContext<KeeperConfig>,
  { pool, state, moved, waitsItsTurn }: Look,
  head: Block,
  nowMs: number,
): Observation[] {
  if (!state) return [];
  const { address, name, anchor, setbacks } = pool;
  const checks = checkPool({
    address,
    name,
    anchor,
    state,
    head,
    now: nowMs / 1000,
    policy: policyOf(ctx.config),
    overdueSeconds: ctx.config.KEEPER_OVERDUE_SECONDS,
  });
  const last = setbacks.last;
  const quarantined: Observation =
    last?.kind === 'quarantine'
      ? {
          check: 'quarantined',
          pool: address,
          failing: true,
          message: `${last.reason}; the contract says it is due, and it is tried again ever more rarely`,
          data: { round: last.round, tries: last.count },
        }
      : { check: 'quarantined', pool: address, failing: false };
  // The next round, right after this one, sees what is due by then: nobody is called for what was just done, nor for a
  // commit whose turn comes. A draw may not wait for long.
  const stillTrue =
    moved || waitsItsTurn ? checks.filter(({ check }) => !aboutWaiting.includes(check)) : checks;
  return [...stillTrue, quarantined];
}

function balanceReport(
  ctx: BotContext<KeeperConfig>,
  head: Block,
  balanceWei: bigint,
  pools: number,
  actionGas: bigint,
) {
  const { chain, config } = ctx;
  const costWei = actionGas * ((head.baseFeeWei ?? 0n) + chain.defaultTipWei);
  const wanted = pools * actionsPerPool;
  const { actionsLeft, outcome } = assessBalance(
    chain,
    balanceWei,
    config.KEEPER_LOW_BALANCE_MON,
    costWei,
    wanted,
  );
  const observation: Observation = { check: 'low-balance', ...outcome };
  return { balanceWei, actionsLeft, observation };
}
