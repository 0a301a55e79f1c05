import type { StatusAlert } from '@service-bots/core/botStatus';
import { anchorAtOrAfter } from '@service-bots/core/prizePool';
import type { ChainView, HyperdriveView, PrizeView } from '../chain/ChainView.ts';
import type { Condition, Deployment, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { ownAlert } from './ownAlert.ts';
import { duration, moment } from './words.ts';

/**
 * A checkpoint is late after three quarters of its duration. By default a bot leaves the first half to other
 * callers.
 */
const checkpointPart = 0.75;
/** A round is committable five minutes before its anchor, and late one minute after the anchor. */
const commitLeadSeconds = 300;
const commitPatienceSeconds = 60;
/** A keeper holds a commit only for an anchor within this time. */
const longestHoldSeconds = 3_600;
/**
 * The number of blocks after the target before a missing settle is late. A keeper settles the draw at once.
 */
const settlePatienceBlocks = 30;
const settleWindowBlocks = 255;

/** Finds unminted checkpoints with matured positions that are late, by the chain's own state. */
export const checkpointOverdue: Condition = deployment =>
  deployment.chains.flatMap(chain =>
    chain.hyperdrive.map((pool): Finding => {
      const about = { check: 'checkpoint-overdue', subject: chain.name, pool: pool.address } as const;
      const oldest = oldestLate(pool, chain.blockTime);
      if (oldest === undefined) return { ...about, failing: false };
      const lateMs = (chain.blockTime - oldest) * 1000;
      return {
        ...about,
        failing: true,
        severity: chain.blockTime - oldest > 2 * pool.checkpointDuration ? 'critical' : 'error',
        patienceMs: untilNextLook(deployment),
        message: `${pool.name} (${pool.address}) on ${chain.name}: the checkpoint of ${moment(oldest * 1000)} has matured positions and is not minted, ${duration(lateMs)} after its time (block ${chain.block}). Until it is minted matured shorts earn what LPs lose. First look whether the checkpoint bot works and its wallet has funds; anyone can call checkpoint(${oldest}, 4).`,
        raisedByBot: raisedBy(deployment, 'checkpoint', pool.address),
      };
    }),
  );

function oldestLate({ unminted, checkpointDuration }: HyperdriveView, chainTime: number): number | undefined {
  return unminted.find(time => chainTime - time > checkpointDuration * checkpointPart);
}

/** Finds commits and draws of prize pools that are due and not done, by the chain's own state. */
export const roundDue: Condition = deployment =>
  deployment.chains.flatMap(chain =>
    chain.prize.map((pool): Finding => {
      const about = { check: 'round-due', subject: chain.name, pool: pool.address } as const;
      const problem = lateness(pool, chain, deployment);
      if (!problem) return { ...about, failing: false };
      const raisedByBot = raisedBy(deployment, 'keeper', pool.address);
      return { ...about, failing: true, ...problem, raisedByBot };
    }),
  );

function lateness(pool: PrizeView, chain: ChainView, deployment: Deployment) {
  const where = `${pool.address} on ${chain.name}`;
  if (pool.due === 'settle') {
    const waited = chain.block - pool.targetBlock;
    const left = settleWindowBlocks - waited;
    if (waited <= settlePatienceBlocks) return undefined;
    return {
      severity: 'critical' as const,
      patienceMs: 0,
      message: `The draw of round ${pool.round} of ${where} is not settled: ${left} of ${settleWindowBlocks} blocks are left at block ${chain.block}. After them the draw is lost and the round has no prize. First call settle(${pool.round}) from any wallet with gas; then look at the keeper.`,
    };
  }
  if (pool.due === 'lost') {
    return {
      severity: 'error' as const,
      patienceMs: untilNextLook(deployment),
      message: `The draw of round ${pool.round} of ${where} was not settled within ${settleWindowBlocks} blocks and is lost: the round has no prize, and its principal goes back. First call settle(${pool.round}), which marks it as failed; then find out why the keeper was away.`,
    };
  }
  if (pool.due !== 'commit') return undefined;
  const dueAt = commitDueAt(pool, deployment);
  const lateSeconds = chain.blockTime - dueAt - commitPatienceSeconds;
  if (lateSeconds <= 0) return undefined;
  return {
    severity: 'critical' as const,
    patienceMs: untilNextLook(deployment),
    message: `Round ${pool.round} of ${where} was due for its commit at ${moment(dueAt * 1000)} and is not committed, ${duration((chain.blockTime - dueAt) * 1000)} later. A commit that is more than five minutes late shifts the schedule of the pool. First look whether the keeper works; then call commit(${pool.round}) from any wallet with gas, or hold it until the next anchor as the runbook says.`,
  };
}

/**
 * Returns the due time of a commit, in seconds since 1970. The operator's anchor overrides the keeper's.
 * Without an anchor the commit is due five minutes after the round is committable, or later if its keeper
 * waits for a near anchor.
 */
function commitDueAt(pool: Extract<PrizeView, { due: 'commit' }>, { watched, anchors }: Deployment): number {
  const anchor = anchors.get(pool.address.toLowerCase());
  if (anchor) {
    const at = anchorAtOrAfter(anchor, pool.eligibleAt);
    // A round that is off its schedule is committed at once.
    return at - pool.eligibleAt <= longestHoldSeconds ? at : pool.eligibleAt;
  }
  const usual = pool.eligibleAt + commitLeadSeconds;
  const held = watched.flatMap(({ answer, silence }) =>
    silence
      ? []
      : (answer?.status.pools ?? []).flatMap(({ address, next }) => {
          const at = Date.parse(next?.at ?? '') / 1000;
          return address.toLowerCase() === pool.address.toLowerCase() && Number.isFinite(at) ? [at] : [];
        }),
  );
  const announced = Math.max(usual, ...held);
  return announced - pool.eligibleAt <= longestHoldSeconds ? announced : usual;
}

/** The checks with which a bot itself raises that an action is overdue. */
const overdueChecks = {
  checkpoint: ['pool-failing', 'cannot-send', 'stuck-transaction'],
  keeper: ['overdue', 'quarantined', 'draw-lost', 'anchor-shifted'],
};

/** Returns the delivered alert of a bot of this kind about the pool, or about all of its pools. */
function raisedBy(
  { watched }: Deployment,
  kind: keyof typeof overdueChecks,
  pool: string,
): StatusAlert | undefined {
  for (const { answer, silence } of watched) {
    const isOfKind = !silence && answer?.status.bot === kind;
    const alert = isOfKind ? ownAlert(answer.status, overdueChecks[kind], pool) : undefined;
    if (alert) return alert;
  }
  return undefined;
}

/** Finds endpoints of the watchtower's own that cannot be read. */
export const chainUnread: Condition = ({ chainProblems }) =>
  [...chainProblems].map(([subject, reason]): Finding => {
    const about = { check: 'chain-unread', subject } as const;
    if (reason === undefined) return { ...about, failing: false };
    const message = `The watchtower cannot read ${subject}: ${reason}. What is overdue on that chain is noticed by the bots themselves only. First look at WATCHTOWER_RPC_URL.`;
    return { ...about, failing: true, severity: 'warning', patienceMs: unreadPatienceMs, message };
  });

/** An endpoint that fails for less time may work again before a person has read the alert. */
const unreadPatienceMs = 60_000;
