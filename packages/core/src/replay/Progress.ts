/** The output that shows the progress. */
export interface Terminal {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const barWidth = 24;
/** On a terminal the bar is redrawn at most this often; elsewhere a line is written at most this often. */
const redrawMs = 200;
const lineEveryMs = 10_000;

/** Shows the progress of a replay: a bar on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  readonly #range: { from: number; to: number; begunAt: number };
  readonly #startedAt: number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #hasBar = false;

  /**
   * @param range blocks of the whole, and where this run begins
   * @param nowMs returns ms of the monotonic clock
   */
  constructor(terminal: Terminal, nowMs: () => number, range: { from: number; to: number; begunAt: number }) {
    this.#terminal = terminal;
    this.#nowMs = nowMs;
    this.#range = range;
    this.#startedAt = nowMs();
  }

  /**
   * Shows the progress.
   * @param next the first block that was not processed yet
   * @param note the findings so far
   * @param isLast whether to show it without regard to the time since the last call
   */
  show(next: number, note: string, isLast = false): void {
    const now = this.#nowMs();
    const isTerminal = this.#terminal.isTTY === true;
    if (!isLast && now - this.#shownAt < (isTerminal ? redrawMs : lineEveryMs)) return;
    this.#shownAt = now;
    const { from, to, begunAt } = this.#range;
    const part = (next - from) / (to - from + 1);
    const perSecond = ((next - begunAt) * 1000) / Math.max(now - this.#startedAt, 1);
    const left = perSecond > 0 ? `, ${lasting((to + 1 - next) / perSecond)} left` : '';
    const text = `${Math.floor(part * 100)} %, block ${next - 1} of ${to}, ${perSecond.toFixed(1)} blocks/s${left}, ${note}`;
    if (!isTerminal) {
      this.#terminal.write(`${text}\n`);
      return;
    }
    const filled = Math.round(part * barWidth);
    this.#terminal.write(`\r\x1b[K[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${text}`);
    this.#hasBar = true;
  }

  /** Leaves the bar as it is, and begins a new line. */
  end(): void {
    if (this.#hasBar) this.#terminal.write('\n');
    this.#hasBar = false;
  }
}

function lasting(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
