import { type Clock, withDeadline } from '../../clock/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import { SenderStopped } from '../../wallet/index.ts';
import type { Bot, BotSchema, Cadence, RoundReport, Target } from '../bot.ts';
import { Overdue } from '../process/Progress.ts';
import type { ChainServices, Services } from '../services.ts';
import type { HintedSleep } from './BlockHints.ts';
import { applyDiscovery, discover } from './discovery.ts';
import {
  aliveObservations,
  endpointObservations,
  gasBudgetObservation,
  isOwnTrouble,
  isUnreachable,
  isWalletError,
  severityAfter,
  stateObservations,
  stuckObservation,
  targetObservations,
} from './observations.ts';
import { SharedCauses } from './SharedCauses.ts';
import { type Instant, Timetable } from './Timetable.ts';

interface RoundsOptions<S extends BotSchema, T extends Target> {
  bot: Bot<S, T>;
  services: Services<S>;
  opened: ChainServices<S>;
  cadence: Cadence;
  roundTimeoutMs: number;
  /** The targets that discovery found at the start. */
  targets: readonly T[];
  /** Called when a later discovery changes the targets. */
  onTargets(targets: readonly T[]): void;
}

/** Rounds wait no longer than this for a discovery. */
const discoveryPatienceMs = 5_000;
/** The time that a round may take beyond the longest pause before the bot counts as late. */
const graceMs = 15_000;

/** Runs a bot's rounds one after the other, never two at once, until it is asked to stop. */
export class Rounds<S extends BotSchema, T extends Target> {
  readonly #options: RoundsOptions<S, T>;
  readonly #timetable: Timetable;
  #targets: readonly T[];
  #failuresInARow = 0;
  /** Whether a transaction has gone out since the wallet last could not send. */
  #hasSent = false;
  readonly #causes = new SharedCauses();
  /** The round under way, even after its deadline: the next round does not begin before it has ended. */
  #underWay: Promise<void> | undefined;
  /** Whether a discovery is under way, even after its deadline. */
  #isDiscovering = false;

  constructor(options: RoundsOptions<S, T>) {
    const { cadence, services, opened, targets } = options;
    this.#options = options;
    this.#timetable = new Timetable(cadence, opened.ctx.chain, instantOf(services.clock));
    this.#targets = targets;
  }

  /** Resolves when `ctx.stop` has aborted and the round under way has ended. */
  async run(): Promise<void> {
    const { progress } = this.#options.services;
    const { ctx, hints } = this.#options.opened;
    while (!ctx.stop.aborted) {
      const pause = await this.#turn();
      if (this.#underWay === undefined) progress.begin('the pause between two rounds', pause.ms);
      await hints.sleep({ ...pause, signal: ctx.stop });
    }
    await this.#underWay;
  }

  /**
   * Runs one discovery when it is time for it, and one round.
   * @returns the pause after it
   */
  async #turn(): Promise<Omit<HintedSleep, 'signal'>> {
    const { clock, status } = this.#options.services;
    const {
      pace,
      ctx: { chain },
    } = this.#options.opened;
    if (this.#timetable.isTimeToDiscover(instantOf(clock))) {
      // A discovery that takes longer, for example on a disk that hangs, goes on beside the rounds.
      const late = () => new BotError('it takes longer');
      await withDeadline(this.#discover(), discoveryPatienceMs, late).catch(() => undefined);
    }
    const startedAt = clock.monotonicMs();
    const wallStartedAt = clock.now();
    try {
      const report = await this.#round();
      pace.see(report.block.number, startedAt);
      this.#succeeded(report, wallStartedAt);
      const errorsInARow = (address: string) => status.errorsInARow(address);
      const ms = this.#timetable.pauseAfter({ report, startedAt, ...instantOf(clock), errorsInARow });
      // Due work comes with a block, so a hint of a new block ends the last part of the pause.
      return report.followsBlocks
        ? { ms, seen: { number: report.block.number, sinceMs: startedAt } }
        : { ms, withinMs: chain.blockTimeMs };
    } catch (error) {
      this.#failed(error);
      // This pause runs its full time.
      return {
        ms: this.#timetable.pauseAfterFailure(this.#failuresInARow, clock.monotonicMs()),
        withinMs: 0,
      };
    }
  }

  async #round(): Promise<RoundReport> {
    const { bot, services, opened, roundTimeoutMs } = this.#options;
    const { progress, logger } = services;
    const { ctx } = opened;
    const stillUnderWay = () => new Overdue('the previous round has still not ended');
    if (this.#underWay !== undefined) await withDeadline(this.#underWay, roundTimeoutMs, stillUnderWay);
    progress.begin('a round');
    const round = bot.round(ctx, this.#targets);
    const ended = () => {
      this.#underWay = undefined;
    };
    this.#underWay = round.then(ended, ended);
    return withDeadline(round, roundTimeoutMs, () => {
      round.catch(error => logger.warning('the overdue round failed later', { reason: reasonOf(error) }));
      return new Overdue(`the round did not end within ${roundTimeoutMs / 1000} s (ROUND_TIMEOUT_SECONDS)`);
    });
  }

  #succeeded(report: RoundReport, startedAt: number): void {
    const { cadence, roundTimeoutMs, services, opened } = this.#options;
    const { alerter, heartbeat, status, metrics, nameOf, clock, logger, lease } = services;
    const { ctx, standstill } = opened;
    const { health, endpoints } = ctx.provider;
    standstill.see(report.block, health.bestHead);
    const endedAt = clock.now();
    this.#failuresInARow = 0;
    // A transaction that was not sent because the process stops is no failure: the next start handles its
    // target.
    const looked = report.targets.filter(
      ({ suspended, error }) => suspended !== true && !(error instanceof SenderStopped),
    );
    for (const target of report.targets) status.recordNext(target);
    for (const target of looked) {
      const { address, error, actions } = target;
      status.recordTarget(endedAt, target, error === undefined ? undefined : reasonOf(error));
      if (error !== undefined) logger.warning('a pool could not be looked after', { pool: address, error });
      for (const _ of actions) metrics.actions.inc({ pool: address });
    }
    this.#noteSent(report);
    status.recordRound(report, { startedAt, endedAt, requestCount: ctx.provider.requestCount });
    status.lateAfter = endedAt + cadence.lookEveryMs + roundTimeoutMs + graceMs;
    metrics.show(report.gauges ?? []);
    metrics.rounds.inc({ result: 'completed' });
    metrics.roundSeconds.observe((endedAt - startedAt) / 1000);
    alerter.observe([
      ...aliveObservations,
      ...report.observations,
      ...targetObservations(looked, {
        errorsInARow: address => status.errorsInARow(address),
        errorsUntilCritical: cadence.errorsUntilCritical,
        hasSent: this.#hasSent,
        causes: this.#causes.see(looked.filter(({ error }) => error === undefined || isOwnTrouble(error))),
      }),
      ...endpointObservations(health.overview(), endedAt),
      standstill.observation(endpoints.length),
      ...(ctx.sender
        ? [
            stuckObservation(ctx.sender.inFlight, nameOf),
            gasBudgetObservation(ctx.sender.gasBudget, nameOf),
            ...stateObservations(lease, ctx.sender.journalTrouble),
          ]
        : []),
      ...(heartbeat?.observation() ?? []),
    ]);
    const summary = {
      chain: ctx.chain.name,
      block: report.block.number,
      rounds: status.rounds,
      tookMs: endedAt - startedAt,
      pools: looked.length,
      failing: looked.filter(({ error }) => error !== undefined).length,
      actions: looked.flatMap(({ actions }) => actions),
      openAlerts: alerter.open.map(({ severity, dedupKey }) => `${severity} ${dedupKey}`),
    };
    if (standstill.since === undefined) heartbeat?.roundCompleted(summary);
    else heartbeat?.standsStill({ ...summary, standsStillSince: new Date(standstill.since) });
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
    const { alerter, status, metrics, logger, isStarting } = this.#options.services;
    const { ctx } = this.#options.opened;
    this.#failuresInARow += 1;
    status.failedRounds += 1;
    metrics.rounds.inc({ result: 'failed' });
    // A round that ran out of time while no endpoint works failed because of the endpoints.
    const isCutOff = isUnreachable(error) || ctx.provider.health.isCutOff;
    const check = isCutOff ? 'rpc-unreachable' : 'round-failed';
    const failuresInARow = this.#failuresInARow;
    logger.warning('round failed', { failuresInARow, error });
    // The provider has already tried every endpoint for seconds, so the severity does not wait for more
    // failures.
    const severity = isCutOff ? severityAfter(Infinity, isStarting()) : severityAfter(failuresInARow, false);
    alerter.observe([
      { check, failing: true, ...severity, message: reasonOf(error), data: { failuresInARow, error } },
    ]);
  }

  async #discover(): Promise<void> {
    const { bot, services, opened, roundTimeoutMs, onTargets } = this.#options;
    const { alerter, progress, clock, logger } = services;
    const { ctx } = opened;
    this.#timetable.discovers(instantOf(clock));
    const withinMs = this.#timetable.discoveryMs(clock.monotonicMs(), roundTimeoutMs);
    const wasDiscovering = this.#isDiscovering;
    if (this.#underWay === undefined) progress.begin('the discovery of pools');
    try {
      if (wasDiscovering) throw new Overdue('the previous discovery has still not ended');
      this.#isDiscovering = true;
      const found = await discover(bot, ctx, {
        known: this.#targets,
        withinMs,
        onEnded: () => {
          this.#isDiscovering = false;
        },
      });
      const { targets } = found;
      const gone = this.#targets.filter(known => !targets.some(({ address }) => address === known.address));
      const added = targets.filter(({ address }) => !this.#targets.some(known => known.address === address));
      for (const { address, name } of gone) {
        logger.info('the pool is no longer listed, and no longer watched', { pool: address, name });
      }
      for (const { address, name } of added) logger.info('new pool found', { pool: address, name });
      this.#targets = targets;
      onTargets(targets);
      applyDiscovery(found, services);
    } catch (error) {
      // The rounds go on with the known pools.
      logger.warning('discovery failed', { error });
      // A discovery has less time than usual when an action is due. It is reported only when it has still not
      // ended at the next discovery.
      const isCutShort = error instanceof Overdue && !wasDiscovering && withinMs < roundTimeoutMs;
      if (isCutShort) return;
      alerter.observe([{ check: 'discovery-failed', failing: true, message: reasonOf(error) }]);
    }
  }
}

function instantOf(clock: Clock): Instant {
  return { now: clock.monotonicMs(), wallNow: clock.now() };
}
