import { isPage, type Observation, post, type Service } from '../../alerts/index.ts';
import type { Clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';

export interface HeartbeatOptions {
  /** The whole URL of a check, including its token. */
  url: string;
  /** Removes secrets from a text. */
  redact(text: string): string;
  clock: Clock;
  logger: Logger;
}

/**
 * healthchecks.io answers 429 to more than a few pings a minute; a check's grace time is minutes at least.
 */
const everyMs = 15_000;
const attemptMs = 10_000;
/** A process that is asked to stop has 10 s for everything. */
const stoppingMs = 2_000;
/** A standstill is reported again after this time, since a single remark can be lost. */
const stillEveryMs = 15 * 60_000;
const tries = 3;
const retryAfterMs = 5_000;
/** After this many failed heartbeats in a row an alert is raised. */
const failuresUntilAlert = 3;

/** healthchecks.io answers `OK` and other services answer a short text; a captive portal answers a page. */
const deadMansSwitch: Service = {
  name: 'a dead man’s switch',
  accepts: answer => !isPage(answer),
  words: () => undefined,
  isAboutMessage: () => false,
};

/**
 * Pings a dead man's switch at each completed round: an outside service that raises the alarm when the pings
 * stop. A failed round is not reported, since missing pings report it after the time that the operators
 * chose. `/start` and `/log` beside the URL are healthchecks.io's endpoints for a start and a remark. A
 * service without them is not disturbed by such a request.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #host: string;
  #isBusy = false;
  #lastPingAt = -Infinity;
  /** When the standstill was last reported, in ms of the monotonic clock; undefined while the head moves. */
  #standstillReportedAtMs: number | undefined;
  #failuresInARow = 0;
  #reason = '';

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#host = new URL(options.url).host;
  }

  /**
   * Reports the start.
   * @param summary plain data, for people who look at the check
   */
  started(summary: unknown): void {
    void this.#remark('start', summary);
  }

  /** Whether a ping is under way, including its retries. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Reports a failure with its reason, where the switch accepts failures: rounds complete but see no new
   * block, so a success must not be sent. Neither waits nor throws.
   */
  standsStill(summary: unknown): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#standstillReportedAtMs !== undefined && nowMs - this.#standstillReportedAtMs < stillEveryMs)
      return;
    this.#standstillReportedAtMs = nowMs;
    void this.#remark('fail', summary);
  }

  /**
   * Sends a success. Neither waits nor throws. While a ping is under way, or shortly after one, no further
   * ping is sent: a later round reports more.
   */
  roundCompleted(summary: unknown): void {
    const { clock, logger } = this.#options;
    this.#standstillReportedAtMs = undefined;
    // The absolute difference also covers a clock that was set back, where missing pings would raise the
    // alarm.
    const isRecent = Math.abs(clock.now() - this.#lastPingAt) < everyMs;
    if (this.#isBusy || isRecent) return;
    this.#isBusy = true;
    void this.#ping(summary)
      .catch(error => {
        this.#failuresInARow += 1;
        this.#reason = reasonOf(error);
        logger.warning('the heartbeat service did not accept the ping', {
          host: this.#host,
          reason: this.#reason,
        });
      })
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /**
   * Reports a stop on purpose as a remark and not as a success, so that a forgotten restart still raises the
   * alarm.
   */
  async stopping(): Promise<void> {
    await this.#remark('log', { stopping: true }, stoppingMs);
  }

  /** Returns no observation while the state of the heartbeat is unknown. */
  observation(): Observation[] {
    const check = 'heartbeat-failing';
    if (this.#failuresInARow >= failuresUntilAlert) {
      const message = `${this.#host} has not taken the last ${this.#failuresInARow} heartbeats: ${this.#reason}. If this bot stops now, no service notices it. First: look at HEARTBEAT_URL and the service’s status page`;
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
      this.#options.logger.debug('the heartbeat service did not accept a remark', {
        reason: reasonOf(error),
      }),
    );
  }

  async #post(url: string, summary: unknown, withinMs = attemptMs): Promise<void> {
    const { redact } = this.#options;
    await post(url, summary, { redact, signal: AbortSignal.timeout(withinMs), service: deadMansSwitch });
  }
}
