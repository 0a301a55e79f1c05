import { hostname } from 'node:os';
import type { ChannelState, OpenAlert } from '../../alerts/index.ts';
import { statusVersion } from '../../botStatus/index.ts';
import { type Chain, explorerLink } from '../../chains/index.ts';
import type { Block, EndpointStatus } from '../../rpc/index.ts';
import type { Sender } from '../../wallet/index.ts';
import type { ActionDone, Due, RoundReport, Target, TargetReport } from '../bot.ts';
import { describeMachine } from './describeMachine.ts';

/** The part of `/status` about one pool. Times are ISO 8601, UTC. */
interface TargetStatus {
  address: string;
  name: string;
  lastRound: string | undefined;
  lastAction: (ActionDone & { at: string; link?: string | undefined }) | undefined;
  next: { what: string; at: string } | undefined;
  consecutiveErrors: number;
  lastError: string | undefined;
  /** Further details that the bot reports about the pool. */
  details: TargetReport['details'];
}

/** Milliseconds since 1970. */
interface RoundTimes {
  startedAt: number;
  endedAt: number;
}

interface RoundRecord extends RoundTimes {
  requests: number;
}

interface StatusOptions {
  bot: string;
  version: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  dryRun?: boolean | undefined;
  /** The operators' name for this deployment. */
  environment?: string | undefined;
}

/** Another copy of the bot has the lease, and this one waits. */
export interface Standby {
  /** Host and process of the copy at work, and when it began; undefined while the copy is unknown. */
  readonly holder: { readonly host: string; readonly pid: number; readonly since: string } | undefined;
  /** When the other copy was last seen, in ms since 1970. */
  readonly seenAt: number;
}

/** A copy that stands by looks every second; after this long without a look it hangs. */
const standbySilenceMs = 30_000;

/** The state of a bot, for `/status`, `/metrics` and the health checks. */
export class Status {
  readonly bot: string;
  readonly version: string;
  readonly startedAt: number;
  readonly dryRun: boolean;
  readonly environment: string | undefined;
  rounds = 0;
  failedRounds = 0;
  lastRound: RoundRecord | undefined;
  head: Block | undefined;
  wallet: RoundReport['wallet'];
  /** Further details that the bot reports about itself. */
  details: RoundReport['details'];
  chain: Chain | undefined;
  sender: Sender | undefined;
  /** All functions that the wallet may call, as Solidity signatures. */
  functions: readonly string[] = [];
  endpoints: () => EndpointStatus[] = () => [];
  /** Since when the head stands still, in ms since 1970; undefined while it moves. */
  standsStillSince: () => number | undefined = () => undefined;
  /** When the next round has to be completed at the latest, in ms since 1970; after that the bot is late. */
  lateAfter = 0;
  openAlerts: () => OpenAlert[] = () => [];
  channels: () => ChannelState[] = () => [];
  /** Absent while this copy is the one that acts. */
  standby: Standby | undefined;
  #targets = new Map<string, TargetStatus>();
  /** The number of HTTP requests at the end of the last round. */
  #requestCount = 0;

  constructor({ bot, version, startedAt, dryRun = false, environment }: StatusOptions) {
    this.bot = bot;
    this.version = version;
    this.startedAt = startedAt;
    this.dryRun = dryRun;
    this.environment = environment;
  }

  get targets(): TargetStatus[] {
    return [...this.#targets.values()];
  }

  setTargets(targets: readonly Target[]): void {
    this.#targets = new Map(
      targets.map(({ address, name }) => {
        const known = this.#targets.get(address);
        const fresh = {
          lastRound: undefined,
          lastAction: undefined,
          next: undefined,
          consecutiveErrors: 0,
          lastError: undefined,
          details: undefined,
        };
        return [address, { ...(known ?? fresh), address, name }];
      }),
    );
  }

  /** Records a completed round. @param requestCount HTTP requests that were sent since the start */
  recordRound(
    { block, wallet, details }: RoundReport,
    { startedAt, endedAt, requestCount }: RoundTimes & { requestCount: number },
  ): void {
    this.rounds += 1;
    this.head = block;
    this.wallet = wallet;
    this.details = details ?? this.details;
    this.lastRound = { startedAt, endedAt, requests: requestCount - this.#requestCount };
    this.#requestCount = requestCount;
  }

  /** Records a completed round of a bot without a chain. */
  recordOffChainRound({ details }: Pick<RoundReport, 'details'>, { startedAt, endedAt }: RoundTimes): void {
    this.rounds += 1;
    this.details = details ?? this.details;
    this.lastRound = { startedAt, endedAt, requests: 0 };
  }

  /** Records the result of a round for one target. @param lastError one line, when the target failed */
  recordTarget(at: number, report: TargetReport, lastError: string | undefined): void {
    const { address, actions } = report;
    const target = this.#targets.get(address);
    if (!target) return;
    const action = actions.at(-1);
    target.lastRound = iso(at);
    if (action) target.lastAction = { ...action, at: iso(at), link: this.#link(action.hash) };
    this.recordNext(report);
    target.consecutiveErrors = lastError === undefined ? 0 : target.consecutiveErrors + 1;
    target.lastError = lastError;
  }

  /**
   * Records the next due action of a pool and its further details, even when the pool was skipped this time.
   */
  recordNext({ address, next, details }: Pick<TargetReport, 'address' | 'next' | 'details'>): void {
    const target = this.#targets.get(address);
    if (!target) return;
    target.next = next && { what: next.what, at: momentOf(next) };
    target.details = details ?? target.details;
  }

  errorsInARow(address: string): number {
    return this.#targets.get(address)?.consecutiveErrors ?? 0;
  }

  /**
   * Returns whether rounds complete on time and see new blocks. Before the first round a bot is not healthy
   * yet. A copy that stands by runs no rounds and is healthy while it looks for the other copy regularly.
   */
  isHealthy(now: number): boolean {
    if (this.standby) return now - this.standby.seenAt < standbySilenceMs;
    return this.lastRound !== undefined && now <= this.lateAfter && this.standsStillSince() === undefined;
  }

  /** Whether the bot could act on events of the chain now. */
  get isReady(): boolean {
    return this.rounds > 0 && this.standsStillSince() === undefined;
  }

  /** Returns everything that `/status` answers; JSON-safe except for bigints. */
  toObject(now: number): Record<string, unknown> {
    const { chain, head, wallet, lastRound, sender } = this;
    const standsStillSince = this.standsStillSince();
    return {
      statusVersion,
      bot: this.bot,
      version: this.version,
      host: hostname(),
      time: iso(now),
      healthy: this.isHealthy(now),
      standingBy: this.standby && { heldBy: this.standby.holder ?? 'unknown' },
      environment: this.environment,
      dryRun: this.dryRun,
      startedAt: iso(this.startedAt),
      uptimeSeconds: Math.round((now - this.startedAt) / 1000),
      chain: chain && { id: chain.id, name: chain.name },
      head: head && { number: head.number, hash: head.hash, time: iso(head.timestamp * 1000) },
      standsStillSince: standsStillSince === undefined ? undefined : iso(standsStillSince),
      wallet: sender && {
        address: sender.address,
        currency: chain?.currency,
        functions: this.functions,
        ...wallet,
      },
      inFlight: sender?.inFlight.map(({ entry: { label, nonce, attempts }, atCap, refusal }) => ({
        label,
        nonce,
        hash: attempts.at(-1)?.hash,
        atCap,
        refusal,
      })),
      rounds: {
        completed: this.rounds,
        failed: this.failedRounds,
        last: lastRound && describeRound(lastRound),
        lateAfter: this.lateAfter > 0 ? iso(this.lateAfter) : undefined,
      },
      details: this.details,
      pools: this.targets,
      openAlerts: this.openAlerts().map(describeAlert),
      channels: this.channels().map(describeChannel),
      endpoints: this.endpoints().map(describeEndpoint),
      machine: describeMachine(),
    };
  }

  #link(hash: string | undefined): string | undefined {
    return hash && this.chain && explorerLink(this.chain, hash);
  }
}

function describeRound({ startedAt, endedAt, requests }: RoundRecord) {
  return { at: iso(endedAt), durationMs: endedAt - startedAt, requests };
}

function describeAlert({ decision, lastSentAt, since, ...alert }: OpenAlert) {
  const { dedupKey, check, pool, subject, severity, title, message, count, isFlapping, runbook, owner } =
    alert;
  const at = { since: iso(since), lastSent: lastSentAt === undefined ? undefined : iso(lastSentAt) };
  const until = decision?.until === undefined ? undefined : iso(decision.until);
  const decided = decision && { ...decision, at: iso(decision.at), until };
  return {
    key: dedupKey,
    check,
    pool,
    subject,
    severity,
    title,
    message,
    ...at,
    count,
    isFlapping,
    runbook,
    owner,
    decided,
  };
}

function describeChannel({ name, lastDeliveredAt, failing, moved, address: _, ...counts }: ChannelState) {
  return {
    name,
    lastDelivered: lastDeliveredAt === undefined ? undefined : iso(lastDeliveredAt),
    moved,
    failing: failing && { since: iso(failing.since), reason: failing.reason },
    ...counts,
  };
}

/**
 * Returns the part of `/status` about one endpoint.
 * @param all every endpoint, for this endpoint's share of the traffic
 */
function describeEndpoint(
  { endpoint, state, since, lag }: EndpointStatus,
  _: number,
  all: readonly EndpointStatus[],
) {
  const { label, head, latencyMs, lastFault, counters, breaker, rateLimiter, requestLimits } = endpoint;
  const served = all.reduce((sum, each) => sum + each.endpoint.counters.served, 0);
  return {
    host: label,
    state,
    since: iso(since),
    breaker: breaker.isOpen ? 'open' : 'closed',
    head: head?.number,
    lag,
    latencyMs: latencyMs === undefined ? undefined : Math.round(latencyMs),
    trafficShare: served === 0 ? 0 : Math.round((counters.served / served) * 1000) / 1000,
    requestsPerSecond: rateLimiter.perSecond,
    multicallSize: requestLimits.multicall.size,
    batchSize: requestLimits.batch.size,
    logRange: requestLimits.logRange.size,
    lastFault,
    ...counters,
  };
}

function momentOf(due: Due): string {
  if ('block' in due) return `block ${due.block}`;
  return iso('clockTime' in due ? due.clockTime : due.chainTime * 1000);
}

/** Returns ISO 8601. Never throws: a moment beyond the calendar is shown as its number. */
function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
