import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readKeyHolders } from '@service-bots/core/alerts';
import type { Anchor } from '@service-bots/core/prizePool';
import type { OffChainContext, OffChainReport } from '@service-bots/core/runtime';
import type { ToldPools } from './chain/ChainReader.ts';
import type { ChainView } from './chain/ChainView.ts';
import { ChainWatch } from './chain/ChainWatch.ts';
import { LiveList } from './chain/LiveList.ts';
import type { Deployment, Finding } from './conditions/condition.ts';
import { conditions } from './conditions/index.ts';
import { Patience } from './conditions/Patience.ts';
import { listingKinds } from './conditions/registry.ts';
import type { WatchtowerConfig } from './config.ts';
import { gaugesOf, gaugesOfPeers } from './gauges.ts';
import type { History } from './history/History.ts';
import { Recorder } from './history/Recorder.ts';
import { MemoryFiles } from './MemoryFiles.ts';
import { type HostFacts, readHostFacts } from './overview/hostFacts.ts';
import { overviewOf } from './overview/overview.ts';
import type { Overview } from './overview/schema.ts';
import { withTrends } from './overview/trends.ts';
import { PeerWatch } from './peers/PeerWatch.ts';
import { withPeers } from './peers/withPeers.ts';
import { Poller } from './polling/Poller.ts';
import type { Watched } from './polling/watched.ts';
import { walletsIn } from './wallets.ts';

type Context = OffChainContext<WatchtowerConfig>;

/** A bot whose answer takes longer than this counts as silent. */
const longestAnswerMs = 5_000;
const shortestAnswerMs = 1_000;
/** Returns the time limit of an answer. Two silent answers fit into one period, unless it is very short. */
function answerMs(pollMs: number): number {
  return Math.min(longestAnswerMs, Math.max(pollMs / 2, Math.min(pollMs, shortestAnswerMs)));
}

const timelineOfPage = 30;

/** Polls the bots, the chains and the peers, and composes the overview that the page shows. */
export class Watchtower {
  readonly #recorder: Recorder;
  readonly #ctx: Context;
  readonly #version: string;
  readonly #poller: Poller;
  readonly #peers: PeerWatch;
  readonly #instance = randomUUID();
  readonly #chains: ChainWatch;
  readonly #live: LiveList;
  readonly #anchors: ReadonlyMap<string, Anchor>;
  readonly #holders: ReadonlyMap<string, readonly string[]>;
  readonly #patience = new Patience();
  readonly #memory: MemoryFiles;
  readonly #wantedVersion: string;
  #wantedSinceMs = -Infinity;
  readonly #startedAtMs: number;
  #here: HostFacts | undefined;
  #wellSinceMs: number | undefined;
  #own: Overview | undefined;
  #overview: Overview | undefined;

  constructor(ctx: Context, version: string) {
    const { config, clock } = ctx;
    const pollMs = config.WATCHTOWER_POLL_SECONDS * 1000;
    this.#ctx = ctx;
    this.#version = version;
    this.#startedAtMs = clock.now();
    this.#poller = new Poller({ targets: config.WATCHTOWER_TARGETS, withinMs: answerMs(pollMs), clock });
    this.#peers = new PeerWatch({
      peers: config.WATCHTOWER_PEERS ?? [],
      tokens: config.WATCHTOWER_PEERS_TOKEN,
      withinMs: longestAnswerMs,
      clock,
      instance: this.#instance,
    });
    this.#chains = new ChainWatch(config.WATCHTOWER_RPC_URL ?? [], config.WATCHTOWER_REGISTRY, clock);
    this.#live = new LiveList(config.WATCHTOWER_POOL_MANIFEST, clock);
    this.#anchors = new Map(
      [...(config.WATCHTOWER_POOL_SCHEDULE ?? [])].flatMap(([address, anchor]) =>
        anchor ? [[address.toLowerCase(), anchor]] : [],
      ),
    );
    this.#holders = readKeyHolders(config.OWNERS_FILE);
    this.#wantedVersion = config.WATCHTOWER_VERSION ?? version;
    this.#memory = new MemoryFiles(ctx);
    this.#recorder = new Recorder(join(config.STATE_DIR, 'watchtower-history.sqlite'));
  }

  /** Restores the state that an earlier process stored. */
  async recall(): Promise<void> {
    const { bots, listings } = await this.#memory.recall();
    this.#poller.recall(bots);
    this.#chains.recall(listings);
    this.#wantedSinceMs = await this.#memory.wantedSince(this.#wantedVersion);
    this.#here = await readHostFacts(this.#ctx.config.WATCHTOWER_ADDRESS, this.#ctx.config.STATE_DIR);
  }

  /** Polls every bot and returns the findings. @returns the report of one round */
  async look(): Promise<OffChainReport> {
    const { config, clock, status } = this.#ctx;
    const [watched, here] = await Promise.all([
      this.#poller.poll(),
      readHostFacts(config.WATCHTOWER_ADDRESS, config.STATE_DIR),
    ]);
    this.#here = here;
    const nowMs = clock.now();
    const look = { watched, ownAlerts: status.openAlerts(), nowMs };
    this.#recorder.record(look, this.#chains.readings.views);
    this.#peers.look();
    this.#live.look();
    this.#chains.look(chainId => this.#toldPools(watched, chainId));
    const findings = conditions.flatMap(condition => condition(this.#deployment(watched, nowMs)));
    await this.#memory.save(watched, this.#chains.listings);
    return {
      observations: [...this.#patience.observations(findings, nowMs), ...this.#recorder.observations()],
      subjects: subjectsOf(config, watched, findings),
      isOver: alert => isLeft(alert, this.#chains.readings.views),
      gauges: [...gaugesOf(watched, this.#wallets(watched)), ...gaugesOfPeers(this.#peers.seen)],
      details: { bots: watched.map(({ target, silence }) => ({ id: target.id, answers: !silence })) },
    };
  }

  /** The stored events and figures. */
  get history(): History {
    return this.#recorder.history;
  }

  /** The whole content of the page. It is composed once for each look, for any number of readers. */
  get overview(): Overview {
    this.#overview ??= this.#compose();
    return this.#overview;
  }

  /** The overview of this deployment alone, for the peers. */
  get ownOverview(): Overview {
    const { overview } = this;
    return this.#own ?? overview;
  }

  /** Composes the overview again, once the alerts of the last look are known. */
  refresh(): Overview {
    this.#overview = this.#compose();
    return this.#overview;
  }

  #compose(): Overview {
    const { config, clock, status } = this.#ctx;
    const watched = this.#poller.watched;
    const here = this.#here;
    if (!here) throw new Error('the overview is asked for before the first look');
    const own = overviewOf({
      nowMs: clock.now(),
      pollMs: config.WATCHTOWER_POLL_SECONDS * 1000,
      name: config.ENVIRONMENT_NAME ?? 'service-bots',
      version: this.#version,
      startedAtMs: this.#startedAtMs,
      instance: this.#instance,
      watched,
      chains: this.#chains.readings,
      ownAlerts: status.openAlerts(),
      here,
      wallets: this.#wallets(watched),
      holders: this.#holders,
      timeline: this.#recorder.history.recent(timelineOfPage),
      wellSinceMs: this.#wellSinceMs,
    });
    const trendOf = (series: string) => this.#recorder.trendOf(series, clock.now());
    this.#own = { ...own, pools: withTrends(own.pools, trendOf) };
    const about = { wellSinceMs: this.#wellSinceMs, runbookUrl: config.RUNBOOK_URL };
    const overview = withPeers(this.#own, this.#peers.seen, about);
    this.#wellSinceMs = overview.verdict.level === 'ok' ? (this.#wellSinceMs ?? clock.now()) : undefined;
    return overview;
  }

  close(): void {
    this.#chains.close();
    this.#recorder.history.close();
  }

  #deployment(watched: readonly Watched[], nowMs: number): Deployment {
    const { config } = this.#ctx;
    return {
      watched,
      nowMs,
      pollMs: config.WATCHTOWER_POLL_SECONDS * 1000,
      wantedVersion: this.#wantedVersion,
      wantedSinceMs: this.#wantedSinceMs,
      chainIds: config.WATCHTOWER_CHAIN_IDS ?? new Map<string, number>(),
      clockToleranceMs: config.WATCHTOWER_CLOCK_TOLERANCE_SECONDS * 1000,
      mostBlocksBehind: config.WATCHTOWER_INVARIANT_BLOCKS,
      wallets: this.#wallets(watched),
      leastDays: config.WATCHTOWER_LEAST_DAYS,
      leastActions: config.WATCHTOWER_LEAST_ACTIONS,
      anchors: this.#anchors,
      live: this.#live.known,
      chains: this.#chains.readings.views,
      chainProblems: this.#chains.readings.problems,
      peers: this.#peers.seen,
    };
  }

  #wallets(watched: readonly Watched[]) {
    return walletsIn(watched, this.#chains.readings.views, this.#recorder.runways);
  }

  /** Returns the pools and wallets to read: those of the chain's bots, and the operator's own lists. */
  #toldPools(watched: readonly Watched[], chainId: number): ToldPools {
    const here = watched.flatMap(({ known }) => (known?.chainId === chainId ? [known] : []));
    const ofKind = (isPrize: boolean) =>
      here.flatMap(({ bot, pools }) => ((bot === 'keeper') === isPrize ? pools : []));
    const prize = [...ofKind(true), ...this.#anchors.keys(), ...(this.#live.known?.pools ?? [])];
    return {
      hyperdrive: ofKind(false),
      prize: [...new Map(prize.map(address => [address.toLowerCase(), address])).values()],
      wallets: [...new Set(here.flatMap(({ wallet }) => wallet ?? []))],
    };
  }
}

/** Returns whether a pool has left every list. No further reading of it is possible, so its alert ends. */
function isLeft(
  { check, subject, pool }: { check: string; subject?: string | undefined; pool?: string | undefined },
  chains: readonly ChainView[],
): boolean {
  if (pool === undefined || (check !== 'checkpoint-overdue' && check !== 'round-due')) return false;
  const chain = chains.find(({ name }) => name === subject);
  return chain !== undefined && !chain.lookedAt.includes(pool.toLowerCase());
}

/** Returns the subjects whose alerts stay open. A chain that cannot be read now remains a subject. */
function subjectsOf(
  config: WatchtowerConfig,
  watched: readonly Watched[],
  findings: readonly Finding[],
): string[] {
  const peers = (config.WATCHTOWER_PEERS ?? []).map(({ name }) => name);
  const known = [...config.WATCHTOWER_TARGETS.flatMap(({ id, name }) => [id, name]), ...peers];
  const chains = watched.flatMap(({ answer }) => {
    const { chain } = answer?.status ?? {};
    if (!chain) return [];
    const registry = `registry@${chain.id}`;
    return [chain.name, registry, ...listingKinds.map(kind => `${registry}:${kind}`)];
  });
  return [...known, ...chains, ...findings.map(({ subject }) => subject)];
}
