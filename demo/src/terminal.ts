import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** The used part of a stream; a file has no columns. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const frames = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
const frameMs = 80;
const barLength = 20;
const clearLine = '\r\u001b[2K';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * Prints lines and, on a terminal, a progress line under them. Elsewhere it prints plain lines without escape
 * codes.
 */
export class Terminal {
  readonly #screen: Screen;
  readonly #live: boolean;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #progress: { done: number; of: number; text: string } | undefined;

  /** @param live whether to draw a progress line and colours */
  constructor(screen: Screen, live: boolean) {
    this.#screen = screen;
    this.#live = live;
  }

  /** The columns that a line may take; undefined when the width is unknown. */
  get columns(): number | undefined {
    return this.#live ? this.#screen.columns : undefined;
  }

  line(text = ''): void {
    this.#screen.write(`${this.#live && this.#progress ? clearLine : ''}${text}\n`);
    this.#draw();
  }

  /** Shows the present progress until the next call; it never scrolls away. */
  progress(done: number, of: number, text: string): void {
    this.#progress = { done, of, text };
    if (!this.#live) return;
    if (!this.#timer) {
      this.#screen.write(hideCursor);
      this.#timer = setInterval(() => {
        this.#frame += 1;
        this.#draw();
      }, frameMs);
      this.#timer.unref();
    }
    this.#draw();
  }

  /** Removes the progress line and shows the cursor again. */
  endProgress(): void {
    clearInterval(this.#timer);
    this.#progress = undefined;
    if (this.#timer) this.#screen.write(clearLine + showCursor);
    this.#timer = undefined;
  }

  paint(style: Style, text: string): string {
    return this.#live ? styleText(style, text) : text;
  }

  #draw(): void {
    if (!this.#live || !this.#progress) return;
    const { done, of, text } = this.#progress;
    const filled = Math.round((done / of) * barLength);
    const spinner = frames[this.#frame % frames.length] ?? '';
    const room = (this.#screen.columns ?? 80) - barLength - 5;
    const shown = text.length > room ? `${text.slice(0, Math.max(room - 1, 0))}…` : text;
    const bar = this.paint('green', '━'.repeat(filled)) + this.paint('dim', '━'.repeat(barLength - filled));
    this.#screen.write(`${clearLine} ${this.paint('cyan', spinner)} ${bar} ${shown}`);
  }
}
