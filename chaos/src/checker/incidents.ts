import { drawWindowBlocks } from '@service-bots/devnet';
import type { Severity } from '../history/index.ts';
import type { ChainReader } from './ChainReader.ts';
import { blockTimeMs, type MaturedCheckpoint } from './checkpoints.ts';
import { concerned, consequences, lingersMs, processTrouble, watchtowerTrouble } from './consequences.ts';
import { commitDue, type Round } from './rounds.ts';
import { type BlockTime, type Bot, defaultStartMs, groupBy, isSame, type Timeline } from './Timeline.ts';

/** A condition that a bot has to raise, or may. */
export interface Incident {
  /** Where it comes from: a fault of the history, or a fact of the chain. */
  readonly source: string;
  readonly bot: string;
  /** An alert of any of these checks reports it. */
  readonly checks: readonly string[];
  /** Absent: of any pool, or of none. */
  readonly pool?: string;
  /** Since when it can be seen, ms. */
  readonly fromMs: number;
  /** When it was over; Infinity where it lasts. */
  readonly toMs: number;
  /** Present: an alert is required once it has lasted this long. */
  readonly requiredAfterMs?: number;
  /** The least severity of the required alert. */
  readonly severity?: Severity;
  /** For this time afterwards an alert is still true. */
  readonly lingersMs: number;
  /** Whether its alert ends after a fixed time, and not when the condition is over (docs/alerting.md). */
  readonly isEvent?: boolean;
  /** Whether the bot needs a node to see it. */
  readonly isOnChain?: boolean;
}

/** Returns the incidents of the faults, by the table of consequences. */
export function incidentsOfFaults(timeline: Timeline): Incident[] {
  return timeline.history.faults.flatMap(fault =>
    consequences[fault.kind].flatMap(consequence =>
      concerned(consequence.who, fault, timeline).map(bot => {
        // If the endpoint was the last working one of a bot, the bot raises `rpc-unreachable` instead.
        const isBlind = consequence.checks.includes('rpc-endpoint');
        return {
          source: `fault ${fault.fault} (${fault.kind})`,
          bot: bot.bot,
          checks: isBlind ? [...consequence.checks, 'rpc-unreachable'] : consequence.checks,
          fromMs: fault.beganMs,
          toMs: fault.endedMs,
          lingersMs: consequence.lingersMs ?? lingersMs,
          ...(consequence.isEvent ? { isEvent: true } : {}),
          ...(consequence.requiredAfterMs === undefined || consequence.requires?.(fault, bot) === false
            ? {}
            : { requiredAfterMs: consequence.requiredAfterMs }),
        };
      }),
    ),
  );
}

/** Returns the silences of bots, their starts and their crashes: what a watchtower or the bot itself reports. */
export function incidentsOfProcesses(timeline: Timeline): Incident[] {
  const { bots, history } = timeline;
  return bots.flatMap(bot => {
    const watchers = bots.filter(
      each => each.kind === 'watchtower' && (each.targets ?? []).includes(bot.bot),
    );
    const own = bots.filter(each => each.bot === bot.bot);
    const frozen = timeline.faultsOf('freeze').filter(({ target }) => target.bot === bot.bot);
    const silences = [
      ...timeline.down(bot.bot),
      ...frozen.map(({ beganMs, endedMs }) => ({
        fromMs: beganMs,
        toMs: Math.min(endedMs, history.endedMs),
      })),
    ];
    const starts = timeline.starts(bot.bot);
    const readersOfInvariant = bot.kind === 'invariant' ? bots.filter(each => each.kind === 'lpandarb') : [];
    return [
      // A process that starts up answers nothing yet, and has completed no round: true, and not required.
      ...starts.flatMap(atMs =>
        [...watchers, ...readersOfInvariant].map(each => ({
          source: `${bot.bot} started`,
          bot: each.bot,
          checks:
            each.kind === 'lpandarb'
              ? ['lpandarb-left-alone']
              : ['bot-unreachable', 'bot-unhealthy', 'round-late', 'no-active-copy'],
          fromMs: atMs - lingersMs,
          toMs: atMs + (bot.startMs ?? defaultStartMs),
          lingersMs,
        })),
      ),
      ...silences.flatMap(({ fromMs, toMs }) =>
        watchers.map(watcher => ({
          source: `${bot.bot} was silent`,
          bot: watcher.bot,
          checks: ['bot-unreachable'],
          fromMs,
          toMs,
          requiredAfterMs: 0,
          lingersMs,
        })),
      ),
      // A machine without a processor for the bot shows the same as a frozen process: true, and not required.
      ...timeline.starved(bot.bot).flatMap(span =>
        [...own, ...watchers, ...readersOfInvariant].map(each => ({
          source: `the machine kept ${bot.bot} from running`,
          bot: each.bot,
          checks: each.bot === bot.bot ? processTrouble : [...watchtowerTrouble, 'lpandarb-left-alone'],
          ...span,
          lingersMs,
        })),
      ),
      // More than three starts within ten minutes (docs/runbooks/bot-restarting.md).
      ...starts.slice(3).flatMap((atMs, index) =>
        atMs - (starts[index] as number) > 600_000
          ? []
          : watchers.map(watcher => ({
              source: `${bot.bot} was started over and over`,
              bot: watcher.bot,
              checks: ['bot-restarting'],
              fromMs: atMs,
              toMs: (starts[index] as number) + 600_000,
              lingersMs,
            })),
      ),
      ...timeline.crashes(bot.bot).flatMap(atMs =>
        own.map(({ bot: name }) => ({
          source: `${bot.bot} crashed`,
          bot: name,
          checks: ['crashed', 'round-stuck', 'cannot-start'],
          // The alert is made before the process ends, or by the next one.
          fromMs: atMs - 20_000,
          toMs: starts.find(start => start > atMs) ?? atMs,
          lingersMs: 2 * lingersMs,
        })),
      ),
    ];
  });
}

/** lpandarb takes no rate of a vault that has just jumped, until its next look: true, and not required. */
export function incidentsOfRates(timeline: Timeline): Incident[] {
  return timeline.history
    .of('action')
    .filter(({ kind }) => kind === 'rate')
    .flatMap(({ atMs, chain = '', pool = '' }) =>
      watching('lpandarb', pool, chain, timeline).map(bot => ({
        source: `the variable rate of ${pool} was moved`,
        bot: bot.bot,
        checks: ['lpandarb-left-alone'],
        pool,
        // The record comes once the block is there.
        fromMs: atMs - 2 * blockTimeMs(timeline, chain),
        toMs: atMs,
        lingersMs,
      })),
    );
}

/** Returns the missed checkpoints that the invariant bot and the watchtower have to raise. */
export function incidentsOfCheckpoints(
  checkpoints: readonly MaturedCheckpoint[],
  timeline: Timeline,
): Incident[] {
  return checkpoints.flatMap(({ pool, time, checkpointDuration, mints }) => {
    const [mint] = mints;
    const toMs = mint ? timeline.seen(pool.chain, mint.block).visibleMs : Infinity;
    const limits = [
      { kind: 'invariant', check: 'checkpoint-exists', after: checkpointDuration, severity: 'error' },
      {
        kind: 'watchtower',
        check: 'checkpoint-overdue',
        after: 0.75 * checkpointDuration,
        severity: 'error',
      },
    ] as const;
    // The contract counts newer positions at their face value meanwhile (docs/invariant.md): true, and not required.
    const maturedMs = timeline.msOfChainTime(pool.chain, time);
    const byFaceValue = watching('invariant', pool.address, pool.chain, timeline).map(bot => ({
      source: `checkpoint ${time} of ${pool.address} was not minted yet`,
      bot: bot.bot,
      checks: ['present-value', 'lp-share-price'],
      pool: pool.address,
      fromMs: maturedMs,
      toMs,
      lingersMs,
    }));
    const missed = limits.flatMap(({ kind, check, after, severity }) => {
      const fromMs = timeline.msOfChainTime(pool.chain, time + after);
      if (toMs <= fromMs) return [];
      return watching(kind, pool.address, pool.chain, timeline).map(bot => ({
        source: `checkpoint ${time} of ${pool.address} was not minted`,
        bot: bot.bot,
        checks: [check],
        pool: pool.address,
        fromMs,
        toMs,
        requiredAfterMs: 0,
        severity,
        lingersMs,
        isOnChain: true,
      }));
    });
    return [...missed, ...byFaceValue];
  });
}

/** Returns the overdue commits, the overdue and the lost draws, and the pools that are off their schedule. */
export function incidentsOfRounds(
  rounds: readonly Round[],
  reader: ChainReader,
  timeline: Timeline,
): Incident[] {
  const { endedMs } = timeline.history;
  return rounds.flatMap((round, index) => {
    const { pool, committed, target, settled, failed } = round;
    const msOf = (block: BlockTime) => timeline.seen(pool.chain, block).visibleMs;
    const at = (number: number) => (number <= reader.head.number ? msOf(reader.block(number)) : Infinity);
    const { due, isAnchored } = commitDue(pool, round.eligible);
    const dueMs = timeline.msOfChainTime(pool.chain, due);
    const committedMs = committed ? msOf(committed) : Infinity;
    const overdueMs = dueMs + Math.min(60_000, isAnchored ? (pool.leadSeconds * 1_000) / 2 : 60_000);
    const incident = (
      kind: Bot['kind'],
      check: string,
      fromMs: number,
      toMs: number,
      more: Partial<Incident> = {},
    ): Incident[] =>
      toMs <= fromMs || fromMs >= endedMs
        ? []
        : watching(kind, pool.address, pool.chain, timeline).map(bot => ({
            source: `round ${round.id} of ${pool.address}`,
            bot: bot.bot,
            checks: [check],
            pool: pool.address,
            fromMs,
            toMs,
            requiredAfterMs: 0,
            lingersMs,
            isOnChain: true,
            ...more,
          }));
    const drawnMs = (settled ?? failed) ? msOf((settled ?? failed) as BlockTime) : Infinity;
    const next = rounds.find(each => each.id === round.id + 1 && each.pool === pool);
    const nextMs = next?.committed ? msOf(next.committed) : Infinity;
    const draws =
      target === undefined
        ? []
        : [
            ...incident('keeper', 'overdue', at(target + 64), drawnMs, { severity: 'critical' }),
            ...incident('watchtower', 'round-due', at(target + drawWindowBlocks - 225), drawnMs, {
              severity: 'critical',
            }),
            ...(settled
              ? []
              : incident('keeper', 'draw-lost', at(target + drawWindowBlocks + 1), nextMs, {
                  severity: 'critical',
                })),
          ];
    // A pool is off its schedule when its next commit does not belong to the next anchor.
    const isShifted = pool.anchor !== undefined && !isAnchored && index > 0;
    const openedMs =
      index > 0 && rounds[index - 1]?.committed ? msOf(rounds[index - 1]?.committed as BlockTime) : 0;
    return [
      ...incident('keeper', 'overdue', overdueMs, committedMs, {
        severity: isAnchored ? 'critical' : 'error',
      }),
      ...(pool.anchor ? incident('watchtower', 'round-due', dueMs + 60_000, committedMs) : []),
      ...draws,
      ...(isShifted
        ? incident('keeper', 'anchor-shifted', openedMs, committedMs, { severity: 'error' })
        : []),
    ];
  });
}

/** Returns the times at which a chain stood still: its newest block did not change for ten block times, and 30 s. */
export function incidentsOfHeads(timeline: Timeline): Incident[] {
  return [...groupBy(timeline.history.of('clock'), ({ chain }) => chain)].flatMap(([chain, records]) => {
    const after = Math.max(10 * blockTimeMs(timeline, chain), 30_000);
    const firsts = records.filter((each, index) => each.block !== records[index - 1]?.block);
    return firsts.flatMap((each, index) => {
      const toMs = firsts[index + 1]?.atMs ?? timeline.history.endedMs;
      if (toMs - each.atMs <= after) return [];
      return timeline.bots
        .filter(bot => bot.chain === chain)
        .map(bot => ({
          source: `${chain} stood still at block ${each.block}`,
          bot: bot.bot,
          checks: ['chain-standstill', 'rpc-unreachable'],
          fromMs: each.atMs,
          toMs,
          requiredAfterMs: after,
          severity: 'critical' as const,
          lingersMs,
          isOnChain: true,
        }));
    });
  });
}

/** Returns the bots of a kind that look after a pool. */
export function watching(kind: Bot['kind'], pool: string, chain: string, timeline: Timeline): readonly Bot[] {
  return timeline.bots.filter(
    bot =>
      bot.kind === kind &&
      (bot.chain === undefined || bot.chain === chain) &&
      (bot.pools?.some(address => isSame(address, pool)) ?? true),
  );
}
