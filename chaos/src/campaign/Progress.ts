import type { Moment } from './runCampaign.ts';

/** The chain time between two lines on an output that is no terminal, in seconds. */
const lineEverySeconds = 300;

/** Shows a campaign as it runs: one line that changes on a terminal, and a line now and then elsewhere. */
export class Progress {
  readonly #out: NodeJS.WritableStream & { columns?: number };
  readonly #isLive: boolean;
  readonly #hours: number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #phase = '';

  constructor(out: NodeJS.WritableStream & { columns?: number }, isLive: boolean, hours: number) {
    this.#out = out;
    this.#isLive = isLive;
    this.#hours = hours;
  }

  show(moment: Moment): void {
    const text = describeMoment(moment, this.#hours);
    if (this.#isLive) {
      this.#out.write(`\r\u001b[K${text.slice(0, (this.#out.columns ?? 120) - 1)}`);
      return;
    }
    const isNews = moment.phase !== this.#phase;
    if (!isNews && moment.chainSeconds - this.#shownAt < lineEverySeconds) return;
    this.#phase = moment.phase;
    this.#shownAt = moment.chainSeconds;
    this.#out.write(`${text}\n`);
  }

  /** Leaves the line that changes. */
  end(): void {
    if (this.#isLive) this.#out.write('\n');
  }
}

/** Returns the chain time, the pace, the faults in force and the open incidents, on one line. */
export function describeMoment(
  { chainSeconds, phase, faults, openAlerts, pace }: Moment,
  hours: number,
): string {
  const open = [...openAlerts].flatMap(([bot, count]) =>
    count === undefined ? [`${bot} silent`] : count > 0 ? [`${bot} ${count}`] : [],
  );
  return [
    `${clockOf(chainSeconds)} of ${clockOf(hours * 3_600)}`,
    `${pace.toFixed(1)}×`,
    phase,
    faults.length === 0 ? 'no fault' : `faults: ${faults.join(' + ')}`,
    open.length === 0 ? 'nothing open' : `open: ${open.join(', ')}`,
  ].join(' │ ');
}

/** Returns seconds as hours and minutes; the time before the beginning is negative. */
export function clockOf(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const two = (figure: number) => `${figure}`.padStart(2, '0');
  return `${seconds < 0 ? '-' : ''}${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(Math.floor(Math.abs(seconds) % 60))}`;
}
