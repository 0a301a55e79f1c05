import type { Delivery } from '../history/index.ts';
import { seconds } from './checkpoints.ts';
import type { Finding } from './Finding.ts';
import { overlaps } from './spans.ts';
import { defaultStartMs, type Timeline } from './Timeline.ts';

/** Heartbeats are sent every 15 s at most (docs/alerting.md). */
const heartbeatMs = 15_000;

/**
 * After the last fault every bot runs, and reports completed rounds to the dead man's switch within two periods, to
 * the end.
 */
export function judgeHealth(heartbeats: readonly Delivery[], timeline: Timeline): Finding[] {
  const { history, bots } = timeline;
  const lastMs = Math.max(history.beganMs, ...history.faults.map(({ endedMs }) => endedMs));
  const where = 'the end of the run';
  const unended = history.faults.filter(({ endedMs }) => endedMs === Infinity);
  if (unended.length > 0) {
    const what = `${unended.length} faults have no end: nothing shows that the suite recovers`;
    return [{ rule: 'evidence', what, where, evidence: { faults: unended.map(({ fault }) => fault) } }];
  }
  return bots.flatMap(bot => {
    const roundMs = Math.max(bot.periodMs, heartbeatMs);
    const lastStart = timeline.starts(bot.bot).at(-1) ?? history.beganMs;
    const startUp =
      lastStart + (bot.startMs ?? defaultStartMs) > lastMs ? (bot.startMs ?? defaultStartMs) : 0;
    const byMs = Math.max(lastMs, lastStart) + startUp + 2 * roundMs;
    if (byMs > history.endedMs) {
      const what = `the run ends ${seconds(byMs - history.endedMs)} before ${bot.bot} has to be healthy again`;
      return [{ rule: 'evidence' as const, what, where, evidence: { lastMs, byMs } }];
    }
    const unhealthy = (what: string, atMs: number): Finding => ({
      rule: 'unhealthy',
      what,
      where: bot.bot,
      atMs,
      evidence: { lastFaultMs: lastMs, byMs },
    });
    if (timeline.down(bot.bot).some(({ toMs }) => toMs >= history.endedMs))
      return [unhealthy('the bot does not run at the end', history.endedMs)];
    if (bot.heartbeat === undefined) return [];
    const pings = heartbeats
      .filter(({ path, isAccepted }) => isAccepted && path.split('?')[0]?.endsWith(`/ping/${bot.heartbeat}`))
      .map(({ arrivedAtMs }) => timeline.msOfWall(arrivedAtMs))
      .filter(ms => ms >= lastMs);
    const times = [...pings, history.endedMs];
    const late = times.find(
      (ms, index) => ms > (index === 0 ? byMs : (times[index - 1] as number) + 2 * roundMs),
    );
    if (late === undefined) return [];
    const what =
      pings.length === 0
        ? 'the bot completed no round after the last fault'
        : `the bot completed no round for more than two periods, until ${new Date(late).toISOString()}`;
    return [unhealthy(what, late)];
  });
}

/** The kinds of faults that end a process, or give it a reason to end itself. */
const endsProcesses = /^(kill|freeze|out-of-memory|restart|redeploy|rollback|second-copy|disk|state|host)/;

/** The exit code of a bot that may have lost its lease. */
const leaseLost = 75;

/** A process ends only by a fault, or because it was asked to. */
export function judgeCrashes(timeline: Timeline): Finding[] {
  const { history, bots } = timeline;
  return bots.flatMap(({ bot }) =>
    timeline.crashes(bot).flatMap((atMs): Finding[] => {
      const around = { fromMs: atMs - 60_000, toMs: atMs + 1_000 };
      const isByFault = history.faults.some(
        ({ target, beganMs, endedMs, kind }) =>
          endsProcesses.test(kind) &&
          (target.bot === undefined || target.bot === bot) &&
          overlaps({ fromMs: beganMs, toMs: endedMs + 1 }, around),
      );
      const end = history
        .of('process')
        .find(each => each.bot === bot && each.event === 'ended' && each.atMs === atMs);
      // A bot that was kept from running for longer than its lease ends itself (docs/hosts.md).
      const isStarved = timeline.starved(bot).some(span => overlaps(span, around));
      if (isByFault || (end?.code === leaseLost && isStarved)) return [];
      const what = `the process ended by itself (${end?.signal ?? `exit code ${end?.code}`})`;
      return [{ rule: 'crash', what, where: bot, atMs, evidence: { process: end } }];
    }),
  );
}
