import type { z } from 'zod';
import { type Clock, withDeadline } from '../../clock/index.ts';
import type { Env } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import { failingClosed } from '../../logger/index.ts';
import { storesIn } from '../botStores.ts';
import type { OffChainBot, OffChainReport, OffChainWork } from '../OffChainBot.ts';
import type { ProcessDesk, ProcessSchema } from '../openDesk.ts';
import { aliveObservations, severityAfter } from '../rounds/runtimeAlerts.ts';
import { examineOffChain } from '../setup/examineOffChain.ts';
import { Overdue } from './Progress.ts';
import { runProcess } from './runBot.ts';
import { type RunningBot, type StartOptions, startProcess } from './startBot.ts';

/** The time that a round may take beyond the pause before the process counts as late. */
const graceMs = 15_000;

/** Runs the whole process of a bot without a chain; its arguments and exit codes are those of `runBot`. */
export function runOffChainBot<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  env: Env,
  args: readonly string[] = [],
): Promise<void> {
  return runProcess(bot, env, args, {
    start: voice => startOffChainBot(bot, env, { voice }),
    examine: () => examineOffChain(bot, env),
  });
}

/** Starts a bot without a chain; returns and throws what `startBot` does. */
export function startOffChainBot<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  env: Env,
  options: StartOptions = {},
): Promise<RunningBot> {
  return startProcess(bot, env, options, {
    run: (desk, clock, stop) => work(bot, desk, clock, stop),
  });
}

async function work<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  desk: ProcessDesk<S>,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const { config, logger, status, progress, redactor, metrics } = desk;
  const lookEveryMs = bot.lookEveryMs(config as z.output<S>);
  progress.begin('the start of its work');
  const opened = await bot.open({
    config: config as z.output<S>,
    status,
    logger,
    clock,
    stop,
    redact: failingClosed(text => redactor.redact(text)),
    metrics: () => metrics.registry.metrics(),
    store: storesIn(bot.name, desk),
  });
  try {
    let failuresInARow = 0;
    while (!stop.aborted) {
      progress.begin('a round');
      const startedAtMs = clock.monotonicMs();
      try {
        await turn(bot, desk, opened, clock, lookEveryMs);
        failuresInARow = 0;
      } catch (error) {
        failuresInARow += 1;
        status.failedRounds += 1;
        metrics.rounds.inc({ result: 'failed' });
        logger.warning('round failed', { failuresInARow, error });
        const about = { check: 'round-failed', failing: true as const, message: reasonOf(error) };
        desk.alerter.observe([
          { ...about, ...severityAfter(failuresInARow, false), data: { failuresInARow } },
        ]);
      }
      const pauseMs = Math.max(lookEveryMs - (clock.monotonicMs() - startedAtMs), 0);
      progress.begin('the pause between two rounds', pauseMs);
      await clock.sleep(pauseMs, stop);
    }
  } finally {
    await opened.close();
  }
}

/** Runs one round and passes its result on to alerts, status and metrics. */
async function turn<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  { config, alerter, status, metrics, heartbeat }: ProcessDesk<S>,
  opened: OffChainWork,
  clock: Clock,
  lookEveryMs: number,
): Promise<void> {
  const startedAt = clock.now();
  const roundTimeoutMs = config.ROUND_TIMEOUT_SECONDS * 1000;
  const late = () =>
    new Overdue(`the round did not end within ${roundTimeoutMs / 1000} s (ROUND_TIMEOUT_SECONDS)`);
  const report: OffChainReport = await withDeadline(opened.round(), roundTimeoutMs, late);
  const endedAt = clock.now();
  status.recordOffChainRound(report, startedAt, endedAt);
  status.lateAfter = endedAt + lookEveryMs + roundTimeoutMs + graceMs;
  metrics.show(report.gauges ?? []);
  metrics.rounds.inc({ result: 'completed' });
  metrics.roundSeconds.observe((endedAt - startedAt) / 1000);
  alerter.end(
    alert =>
      alert.check in bot.alerts &&
      ((alert.subject !== undefined && !report.subjects.includes(alert.subject)) ||
        (report.isOver?.(alert) ?? false)),
    'it is not watched any more',
  );
  alerter.observe([...aliveObservations, ...report.observations, ...(heartbeat?.observation() ?? [])]);
  opened.reported?.();
  heartbeat?.roundCompleted({
    rounds: status.rounds,
    tookMs: endedAt - startedAt,
    openAlerts: alerter.open.map(({ severity, dedupKey }) => `${severity} ${dedupKey}`),
  });
}
