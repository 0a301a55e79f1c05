import { dirname, resolve } from 'node:path';
import {
  type Delivery,
  type EvidenceFile,
  type History,
  type HyperdrivePool,
  type PrizePool,
  readDeliveries,
  readEvidenceFile,
  readHistory,
} from '../history/index.ts';
import { type Delay, judgeIncidents, judgeRepetitions, judgeResolutions, judgeTruth } from './alerts.ts';
import { type ChainReader, readChain } from './ChainReader.ts';
import { judgeCheckpoints, type MaturedCheckpoint, readCheckpoints } from './checkpoints.ts';
import { knownChecks } from './checks.ts';
import { type Delays, delaysOf } from './delays.ts';
import type { Finding } from './Finding.ts';
import { judgeCrashes, judgeHealth } from './health.ts';
import {
  type Incident,
  incidentsOfCheckpoints,
  incidentsOfFaults,
  incidentsOfHeads,
  incidentsOfProcesses,
  incidentsOfRates,
  incidentsOfRounds,
} from './incidents.ts';
import { type Notice, readNotices } from './notices.ts';
import {
  incidentsOfBalance,
  incidentsOfGovernance,
  incidentsOfStates,
  readPoolStates,
} from './poolStates.ts';
import { judgeStatement, readBooks } from './profit.ts';
import { judgeRounds, type Round, readRounds } from './rounds.ts';
import { judgeSecrets, outputsOf, readOutputs } from './secrets.ts';
import { groupBy, isSame, type Timeline, timelineOf } from './Timeline.ts';
import { judgeWallet } from './transactions.ts';

/** The evidence of a run. */
export interface Evidence {
  readonly history: History;
  readonly deliveries: readonly Delivery[];
  readonly searched: EvidenceFile['searched'];
  readonly secrets: EvidenceFile['secrets'];
}

export interface Verdict {
  readonly findings: readonly Finding[];
  /** The incidents that had to be alerted, and how long each waited for its first notice. */
  readonly incidents: readonly Incident[];
  readonly delays: readonly Delay[];
  readonly figures: { readonly all: Delays; readonly byCheck: ReadonlyMap<string, Delays> };
  readonly counts: {
    readonly faults: number;
    readonly notices: number;
    readonly checkpoints: number;
    readonly rounds: number;
    readonly transactions: number;
  };
}

/** Reads the evidence of `evidence.json`. @throws Error that names the file and the line that is not valid */
export async function readEvidence(path: string): Promise<Evidence> {
  const file = await readEvidenceFile(path);
  const at = (other: string) => resolve(dirname(path), other);
  return {
    history: await readHistory(at(file.history)),
    deliveries: await readDeliveries(at(file.deliveries)),
    searched: file.searched.map(({ label, path: other }) => ({ label, path: at(other) })),
    secrets: file.secrets,
  };
}

/**
 * Proves a run by its chains, its sinks and its fault history, without looking at a bot.
 *
 * @throws Error when the evidence cannot be read: a chain that is gone, a file that is missing
 */
export async function check(evidence: Evidence): Promise<Verdict> {
  const { history, deliveries } = evidence;
  const timeline = timelineOf(history);
  const readers = await readChains(history);
  const found = await judgeChains(timeline, readers);

  const sinks = groupBy(deliveries, ({ channel }) => channel);
  const read = history
    .of('channel')
    .map(({ channel, kind }) => readNotices(sinks.get(channel) ?? [], kind, timeline.msOfWall));
  const notices = read.flatMap(each => each.notices).sort((one, other) => one.arrivedMs - other.arrivedMs);
  const incidents = [
    ...incidentsOfFaults(timeline),
    ...incidentsOfProcesses(timeline),
    ...incidentsOfRates(timeline),
    ...found.incidents,
  ];
  const alerted = judgeIncidents(incidents, notices, timeline);

  const findings = [
    ...found.findings,
    ...alerted.findings,
    ...judgeTruth(notices, incidents, knownChecks),
    ...judgeResolutions(notices, incidents, timeline),
    ...judgeRepetitions(notices, timeline),
    ...judgeUnreadable(read.flatMap(each => each.unreadable)),
    ...judgeSecrets([...readOutputs(evidence.searched), ...outputsOf(deliveries)], evidence.secrets),
    ...judgeHealth(sinks.get('heartbeat') ?? [], timeline),
    ...judgeCrashes(timeline),
  ];
  return {
    findings: findings.sort((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0)),
    incidents: incidents.filter(({ requiredAfterMs }) => requiredAfterMs !== undefined),
    delays: alerted.delays,
    figures: delaysOf(alerted.delays),
    counts: {
      faults: history.faults.length,
      notices: notices.length,
      checkpoints: found.checkpoints.length,
      rounds: found.rounds.length,
      transactions: readers.reduce((sum, { transactions }) => sum + transactions.length, 0),
    },
  };
}

function readChains(history: History): Promise<ChainReader[]> {
  const wallets = history.of('wallet');
  return Promise.all(
    history.of('chain').map(({ chain, rpcUrl }) =>
      readChain(
        chain,
        rpcUrl,
        wallets.filter(wallet => wallet.chain === chain).map(({ address }) => address),
      ),
    ),
  );
}

interface OfChains {
  readonly findings: Finding[];
  readonly incidents: Incident[];
  readonly checkpoints: MaturedCheckpoint[];
  readonly rounds: Round[];
}

/** Judges the acts on every chain, and derives the incidents that the chains show. */
async function judgeChains(timeline: Timeline, readers: readonly ChainReader[]): Promise<OfChains> {
  const { history } = timeline;
  const found: OfChains = {
    findings: [],
    incidents: incidentsOfHeads(timeline),
    checkpoints: [],
    rounds: [],
  };
  for (const reader of readers) {
    const pools = history.of('pool').filter(({ chain }) => chain === reader.chain);
    for (const pool of pools)
      if (pool.kind === 'prize') await judgePrizePool(pool, reader, timeline, found);
      else await judgeHyperdrivePool(pool, reader, timeline, found);
    for (const wallet of history.of('wallet').filter(({ chain }) => chain === reader.chain)) {
      found.findings.push(...(await judgeWallet(wallet, reader, timeline)));
      found.incidents.push(...(await incidentsOfBalance(wallet, reader, timeline)));
      for (const statement of history.of('statement'))
        if (statement.bot === wallet.bot && pools.some(({ address }) => isSame(address, statement.pool)))
          found.findings.push(...judgeStatement(statement, await readBooks(statement, wallet, reader)));
    }
  }
  return found;
}

async function judgeHyperdrivePool(
  pool: HyperdrivePool,
  reader: ChainReader,
  timeline: Timeline,
  found: OfChains,
): Promise<void> {
  const checkpoints = await readCheckpoints(pool, reader);
  found.checkpoints.push(...checkpoints);
  found.findings.push(...judgeCheckpoints(checkpoints, timeline));
  found.incidents.push(...incidentsOfCheckpoints(checkpoints, timeline));
  const first = timeline.history.of('clock').find(({ chain }) => chain === reader.chain)?.block ?? 0;
  const { states, constants, unread } = await readPoolStates(pool, reader, first);
  found.incidents.push(...incidentsOfStates(pool, states, constants, timeline));
  if (unread * 2 > states.length + unread) {
    const what = `the state of ${unread} blocks cannot be read: the node has to keep the states of all blocks`;
    found.findings.push({ rule: 'evidence', what, where: pool.address, evidence: { unread } });
  }
}

async function judgePrizePool(
  pool: PrizePool,
  reader: ChainReader,
  timeline: Timeline,
  found: OfChains,
): Promise<void> {
  const rounds = await readRounds(pool, reader);
  found.rounds.push(...rounds);
  found.findings.push(...judgeRounds(rounds, reader, timeline));
  found.incidents.push(
    ...incidentsOfRounds(rounds, reader, timeline),
    ...(await incidentsOfGovernance(pool, reader, timeline)),
  );
}

function judgeUnreadable(unreadable: readonly Pick<Notice, 'channel' | 'arrivedMs'>[]): Finding[] {
  return unreadable.map(({ channel, arrivedMs, ...rest }) => ({
    rule: 'unknown-alert',
    what: 'a delivery is no notice of any form in the documents',
    where: channel,
    atMs: arrivedMs,
    evidence: rest,
  }));
}
