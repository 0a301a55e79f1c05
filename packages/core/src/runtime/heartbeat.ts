import { isPage, type Observation, post, type Service } from '../alerts/index.ts';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';

export interface HeartbeatOptions {
  /** The whole URL of a check, token included. */
  url: string;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  clock: Clock;
  logger: Logger;
}

/** healthchecks.io answers 429 to more than some pings a minute; a check's grace time is minutes at least. */
const everyMs = 15_000;
const attemptMs = 10_000;
/** A process that is asked to stop has 10 s for everything. */
const stoppingMs = 2_000;
/** A standstill is told again after so long: one remark can be lost. */
const stillEveryMs = 15 * 60_000;
const tries = 3;
const retryAfterMs = 5_000;
/** So many rounds in a row that could not be told are worth an alert. */
const failuresUntilAlert = 3;

/** healthchecks.io answers `OK`, others answer anything short; a captive portal answers a page. */
const deadMansSwitch: Service = {
  name: 'a dead man’s switch',
  accepts: answer => !isPage(answer),
  words: () => undefined,
  isAboutMessage: () => false,
};

/**
 * Tells a dead man's switch, a service outside that raises the alarm when it hears nothing, of each completed round.
 * Never of a failed one: silence says that better, after the time the operators chose. `/start` and `/log` beside the
 * URL are what healthchecks.io has for a start and for a remark; where there is no such thing nobody minds.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #host: string;
  #isBusy = false;
  #lastPingAt = -Infinity;
  /** On a clock that is never set back; undefined while the head moves. */
  #toldStillAtMs: number | undefined;
  #failuresInARow = 0;
  #reason = '';

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#host = new URL(options.url).host;
  }

  /** @param summary plain data, for people who look at the check */
  started(summary: unknown): void {
    void this.#remark('start', summary);
  }

  /** A ping is under way, its further tries included. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Rounds complete, and see no new block: a success must not be told. Beside the silence the switch gets a failure, with
   * its reason, where it takes such. Neither waits nor throws.
   */
  standsStill(summary: unknown): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#toldStillAtMs !== undefined && nowMs - this.#toldStillAtMs < stillEveryMs) return;
    this.#toldStillAtMs = nowMs;
    void this.#remark('fail', summary);
  }

  /** Neither waits nor throws. What cannot be told before the next round is not told: the next one says more. */
  roundCompleted(summary: unknown): void {
    const { clock, logger } = this.#options;
    this.#toldStillAtMs = undefined;
    // Also right after a clock was set back: silence would raise the alarm.
    const isRecent = Math.abs(clock.now() - this.#lastPingAt) < everyMs;
    if (this.#isBusy || isRecent) return;
    this.#isBusy = true;
    void this.#ping(summary)
      .catch(error => {
        this.#failuresInARow += 1;
        this.#reason = reasonOf(error);
        logger.warning('the heartbeat was not taken', { host: this.#host, reason: this.#reason });
      })
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /** A stop that somebody wanted is a remark, not a success: whoever forgets to start again hears of it. */
  async stopping(): Promise<void> {
    await this.#remark('log', { stopping: true }, stoppingMs);
  }

  /** Nothing while it is not known. */
  observation(): Observation[] {
    const check = 'heartbeat-failing';
    if (this.#failuresInARow >= failuresUntilAlert) {
      const message = `${this.#host} has not taken the last ${this.#failuresInARow} heartbeats: ${this.#reason}`;
      return [{ check, failing: true, message }];
    }
    return this.#failuresInARow === 0 && this.#lastPingAt > 0 ? [{ check, failing: false }] : [];
  }

  async #ping(summary: unknown): Promise<void> {
    const { url, clock } = this.#options;
    for (let left = tries; ; left -= 1) {
      try {
        await this.#post(url, summary);
        this.#lastPingAt = clock.now();
        this.#failuresInARow = 0;
        return;
      } catch (error) {
        if (left <= 1) throw error;
        await clock.sleep(retryAfterMs);
      }
    }
  }

  async #remark(kind: 'start' | 'log' | 'fail', summary: unknown, withinMs = attemptMs): Promise<void> {
    const url = new URL(this.#options.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${kind}`;
    await this.#post(url.href, summary, withinMs).catch(error =>
      this.#options.logger.debug('a remark to the heartbeat was not taken', { reason: reasonOf(error) }),
    );
  }

  async #post(url: string, summary: unknown, withinMs = attemptMs): Promise<void> {
    const { redact } = this.#options;
    await post(url, summary, { redact, signal: AbortSignal.timeout(withinMs), service: deadMansSwitch });
  }
}
