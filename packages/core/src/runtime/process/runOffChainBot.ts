import { withDeadline } from '../../clock/index.ts';
import type { Env } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import { failingClosed } from '../../logger/index.ts';
import type { ProcessSchema } from '../bot.ts';
import { botStores } from '../botStores.ts';
import type { OffChainBot, OffChainReport, OffChainWork } from '../OffChainBot.ts';
import { aliveObservations, severityAfter } from '../rounds/observations.ts';
import type { Services } from '../services.ts';
import { examineOffChain } from '../setup/examine.ts';
import { Overdue } from './Progress.ts';
import { runProcess } from './runBot.ts';
import type { ProcessKind } from './startBot.ts';

/** The time that a round may take beyond the pause before the process counts as late. */
const graceMs = 15_000;

/** Runs the whole process of a bot without a chain; its arguments and exit codes are those of `runBot`. */
export function runOffChainBot<S extends ProcessSchema>(
  bot: OffChainBot<S>,
  env: Env,
  args: readonly string[] = [],
): Promise<void> {
  return runProcess({ bot, env, args, kind: offChain(bot) });
}

function offChain<S extends ProcessSchema>(bot: OffChainBot<S>): ProcessKind<S> {
  return { work: services => work(bot, services), examine: env => examineOffChain(bot, env) };
}

async function work<S extends ProcessSchema>(bot: OffChainBot<S>, services: Services<S>): Promise<void> {
  const { config, logger, status, progress, redactor, metrics, alerter, clock, stop } = services;
  const lookEveryMs = bot.lookEveryMs(config);
  progress.begin('the start of its work');
  const opened = await bot.open({
    config,
    status,
    logger,
    clock,
    stop,
    redact: failingClosed(text => redactor.redact(text)),
    metrics: () => metrics.registry.metrics(),
    store: botStores(bot.name, services),
  });
  try {
    let failuresInARow = 0;
    while (!stop.aborted) {
      progress.begin('a round');
      const startedAtMs = clock.monotonicMs();
      try {
        await turn(bot, services, { opened, lookEveryMs });
        failuresInARow = 0;
      } catch (error) {
        failuresInARow += 1;
        status.failedRounds += 1;
        metrics.rounds.inc({ result: 'failed' });
        logger.warning('round failed', { failuresInARow, error });
        const about = { check: 'round-failed', failing: true as const, message: reasonOf(error) };
        alerter.observe([{ ...about, ...severityAfter(failuresInARow, false), data: { failuresInARow } }]);
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
  { config, alerter, status, metrics, heartbeat, clock }: Services<S>,
  { opened, lookEveryMs }: { opened: OffChainWork; lookEveryMs: number },
): Promise<void> {
  const startedAt = clock.now();
  const roundTimeoutMs = config.ROUND_TIMEOUT_SECONDS * 1000;
  const late = () =>
    new Overdue(`the round did not end within ${roundTimeoutMs / 1000} s (ROUND_TIMEOUT_SECONDS)`);
  const report: OffChainReport = await withDeadline(opened.round(), roundTimeoutMs, late);
  const endedAt = clock.now();
  status.recordOffChainRound(report, { startedAt, endedAt });
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
