import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import type { NameOf } from '../config/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { AllEndpointsFailed } from '../rpc/index.ts';
import { SenderStopped } from '../wallet/index.ts';
import type { BlockHints } from './blockHints.ts';
import type { Bot, BotContext, Cadence, RoundReport, Target } from './bot.ts';
import { adopt, discover } from './discovery.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Metrics } from './metrics.ts';
import {
  aliveObservations,
  endpointObservations,
  isWalletError,
  severityAfter,
  stuckObservation,
  targetObservations,
} from './runtimeAlerts.ts';
import type { Status } from './status.ts';
import { Timetable } from './Timetable.ts';

interface RoundsOptions<S extends z.ZodObject, T extends Target> {
  bot: Bot<S, T>;
  ctx: BotContext<z.output<S>>;
  cadence: Cadence;
  nameOf: NameOf;
  hints: BlockHints;
  roundTimeoutMs: number;
  alerter: Alerter;
  heartbeat: Heartbeat | undefined;
  status: Status;
  metrics: Metrics;
  clock: Clock;
  logger: Logger;
}

/** Beyond the longest pause, a round may take this much before a bot counts as late. */
const graceMs = 15_000;

/** Runs a bot's rounds one after the other, never two at once, until it is asked to stop. */
export class Rounds<S extends z.ZodObject, T extends Target> {
  readonly #options: RoundsOptions<S, T>;
  readonly #timetable: Timetable;
  #targets: readonly T[];
  #failuresInARow = 0;
  /** Whether a transaction has gone out since the wallet last could not send. */
  #hasSent = false;
  /** The round under way, also after its deadline: the next does not begin before it has ended. */
  #underWay: Promise<unknown> = Promise.resolve();

  readonly #onTargets: (targets: readonly T[]) => void;

  /**
   * @param targets what discovery found at the start
   * @param onTargets told when a later discovery changes them
   */
  constructor(
    options: RoundsOptions<S, T>,
    targets: readonly T[],
    onTargets: (targets: readonly T[]) => void,
  ) {
    const { cadence, ctx, clock } = options;
    this.#options = options;
    this.#onTargets = onTargets;
    this.#timetable = new Timetable(cadence, ctx.chain, clock.now());
    this.#targets = targets;
  }

  /** Resolves when `ctx.stop` has aborted and the round under way has ended. */
  async run(): Promise<void> {
    const { ctx, hints } = this.#options;
    while (!ctx.stop.aborted) {
      const pauseMs = await this.#turn();
      // What is due comes with a block, so a hint at one ends the last of the pause; one after a failure runs its time.
      const withinMs = this.#failuresInARow === 0 ? ctx.chain.blockTimeMs : 0;
      await hints.sleep(pauseMs, withinMs, ctx.stop);
    }
    await this.#underWay;
  }

  /** One discovery when it is time, and one round. @returns how long to sleep, in ms */
  async #turn(): Promise<number> {
    const { clock, status } = this.#options;
    if (this.#timetable.isTimeToDiscover(clock.now())) await this.#discover();
    const startedAt = clock.now();
    try {
      const report = await this.#round();
      this.#succeeded(report, startedAt);
      const errorsInARow = (address: string) => status.errorsInARow(address);
      return this.#timetable.pauseAfter({ report, startedAt, now: clock.now(), errorsInARow });
    } catch (error) {
      this.#failed(error);
      return this.#timetable.pauseAfterFailure(this.#failuresInARow, clock.now());
    }
  }

  async #round(): Promise<RoundReport> {
    const { bot, ctx, roundTimeoutMs, logger } = this.#options;
    await withDeadline(
      this.#underWay,
      roundTimeoutMs,
      () => new BotError('the previous round has still not ended'),
    );
    const round = bot.round(ctx, this.#targets);
    this.#underWay = round.catch(() => undefined);
    return withDeadline(round, roundTimeoutMs, () => {
      round.catch(error =>
        logger.warning('the overdue round failed in the end', { reason: reasonOf(error) }),
      );
      return new BotError(`the round did not end within ${roundTimeoutMs / 1000} s (ROUND_TIMEOUT_SECONDS)`);
    });
  }

  #succeeded(report: RoundReport, startedAt: number): void {
    const { alerter, heartbeat, status, metrics, cadence, nameOf, clock, ctx, roundTimeoutMs, logger } =
      this.#options;
    const endedAt = clock.now();
    this.#failuresInARow = 0;
    // What was not sent because the process stops is no failure: its next start looks after it.
    const looked = report.targets.filter(
      ({ suspended, error }) => suspended !== true && !(error instanceof SenderStopped),
    );
    for (const { address, next } of report.targets) status.recordNext(address, next);
    for (const target of looked) {
      const { address, error, actions } = target;
      status.recordTarget(endedAt, target, error === undefined ? undefined : reasonOf(error));
      if (error !== undefined) logger.warning('a pool could not be looked after', { pool: address, error });
      for (const _ of actions) metrics.actions.inc({ pool: address });
    }
    this.#noteSent(report);
    status.recordRound(report, startedAt, endedAt, ctx.provider.requestCount);
    status.lateAfter = endedAt + cadence.lookEveryMs + roundTimeoutMs + graceMs;
    metrics.show(report.gauges ?? []);
    metrics.rounds.inc({ result: 'completed' });
    metrics.roundSeconds.observe((endedAt - startedAt) / 1000);
    alerter.observe([
      ...aliveObservations,
      ...report.observations,
      ...targetObservations(
        looked,
        address => status.errorsInARow(address),
        cadence.errorsUntilCritical,
        this.#hasSent,
      ),
      ...endpointObservations(ctx.provider.health.overview(), endedAt),
      ...(ctx.sender ? [stuckObservation(ctx.sender.inFlight, nameOf)] : []),
      ...(heartbeat?.observation() ?? []),
    ]);
    heartbeat?.roundCompleted({
      chain: ctx.chain.name,
      block: report.block.number,
      rounds: status.rounds,
      tookMs: endedAt - startedAt,
      pools: looked.length,
      failing: looked.filter(({ error }) => error !== undefined).length,
      actions: looked.flatMap(({ actions }) => actions),
      openAlerts: alerter.open.map(({ severity, dedupKey }) => `${severity} ${dedupKey}`),
    });
    for (const news of report.news ?? []) alerter.tell(news);
    logger.debug('round completed', {
      block: report.block.number,
      pools: report.targets.length,
      ms: endedAt - startedAt,
    });
  }

  #noteSent({ targets }: RoundReport): void {
    if (targets.some(({ error }) => isWalletError(error))) this.#hasSent = false;
    else if (targets.some(({ actions }) => actions.some(({ hash }) => hash))) this.#hasSent = true;
  }

  #failed(error: unknown): void {
    const { ctx, alerter, status, metrics, logger } = this.#options;
    this.#failuresInARow += 1;
    status.failedRounds += 1;
    metrics.rounds.inc({ result: 'failed' });
    // A round that ran out of time while no endpoint works failed for that reason.
    const isCutOff = isUnreachable(error) || ctx.provider.health.isCutOff;
    const check = isCutOff ? 'rpc-unreachable' : 'round-failed';
    const failuresInARow = this.#failuresInARow;
    logger.warning('round failed', { failuresInARow, error });
    // The provider has tried every endpoint for seconds already; there is nothing to wait for.
    const severity = isCutOff ? {} : severityAfter(failuresInARow);
    alerter.observe([
      { check, failing: true, ...severity, message: reasonOf(error), data: { failuresInARow, error } },
    ]);
  }

  async #discover(): Promise<void> {
    const { bot, ctx, alerter, clock, logger, roundTimeoutMs } = this.#options;
    this.#timetable.discovers(clock.now());
    try {
      const found = await discover(bot, ctx, this.#targets, roundTimeoutMs);
      const { targets } = found;
      const gone = this.#targets.filter(known => !targets.some(({ address }) => address === known.address));
      const added = targets.filter(({ address }) => !this.#targets.some(known => known.address === address));
      for (const { address, name } of gone) {
        logger.info('pool is no longer listed: not watched any more', { pool: address, name });
      }
      for (const { address, name } of added) logger.info('new pool found', { pool: address, name });
      this.#targets = targets;
      this.#onTargets(targets);
      adopt(found, this.#options);
    } catch (error) {
      // The known pools are still looked after.
      logger.warning('discovery failed', { error });
      alerter.observe([{ check: 'discovery-failed', failing: true, message: reasonOf(error) }]);
    }
  }
}

/** Also where somebody put what they were doing around it. */
function isUnreachable(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1)
    if (each instanceof AllEndpointsFailed) return true;
  return false;
}
