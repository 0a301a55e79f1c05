import { setTimeout as delay } from 'node:timers/promises';
import type { Act, ActResult, News, OpenAct } from './act.ts';
import type { Page } from './page.ts';
import { Stage } from './stage.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { ending } from './verdict.ts';

const lastLines = 15;
/** The interval of news while the chain and the bot stay up. */
const newsEveryMs = 250;
/** Ctrl-C reaches the chain and the bot too: their end is a failure only if no stop was requested by then. */
const interruptMs = 200;
const newsIndent = ' '.repeat(8);
const whoWidth = 10;
/** The width where there is no terminal. */
const newsColumns = 120;

export type Ending = 'as it should' | 'failed' | 'interrupted';

/** Plays one act, shows its result, and closes everything again, however it ends. */
export class Performance {
  readonly #terminal: Terminal;
  readonly #stop: AbortSignal;
  readonly #stopped: Promise<never>;
  readonly #stage: Stage;
  readonly #act: Act;
  #isPageShown = false;
  #step = { done: 0, of: 0, title: '' };

  constructor(openAct: OpenAct, terminal: Terminal, stop: AbortSignal, page: Page) {
    this.#terminal = terminal;
    this.#stop = stop;
    this.#stopped = new Promise((_, reject) => {
      stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    });
    this.#stopped.catch(() => undefined);
    this.#stage = new Stage(stop, what => this.#showProgress(`${this.#step.title}: ${what}`), page);
    this.#act = openAct(this.#stage);
  }

  /**
   * @param number its place in the demo, such as `Act 1 of 2`; empty when it is alone
   * @param staysUp whether it stays up at its end, until Ctrl-C
   */
  async run(number: string, staysUp: boolean): Promise<Ending> {
    const startedAt = Date.now();
    const { title } = this.#act;
    let result: Ending;
    try {
      this.#terminal.line(this.#terminal.paint('bold', number === '' ? title : `${number}: ${title}`));
      this.#terminal.line();
      await this.#play();
      const good = this.#showOutcome(await this.#act.outcome(), startedAt);
      result = good ? 'as it should' : 'failed';
      if (staysUp && !this.#stop.aborted) await this.#stayUp();
    } catch (error) {
      result = await this.#failure(error);
    }
    return this.#close(result);
  }

  async #play(): Promise<void> {
    const { steps } = this.#act;
    for (const [done, { title, play }] of steps.entries()) {
      this.#step = { done, of: steps.length, title };
      this.#showProgress(title);
      const playing = play();
      playing.catch(() => undefined);
      const told = await Promise.race([playing, this.#stopped]);
      this.#terminal.line(`${this.#stepMark('✓', 'green')} ${this.#terminal.paint('bold', title)}: ${told}`);
      await this.#showNews();
      this.#showPage();
    }
    this.#terminal.endProgress();
  }

  /** Shows the address of the page once in each act, as soon as there is one. */
  #showPage(): void {
    const { url } = this.#stage.page;
    if (url === undefined || this.#isPageShown) return;
    this.#isPageShown = true;
    this.#terminal.line(this.#newsLine({ who: 'page', isBot: true, text: `watch it on ${url}` }));
  }

  /** Shows the table and the verdicts. @returns whether all hold */
  #showOutcome({ heading, columns, rows, remarks, verdicts }: ActResult, startedAt: number): boolean {
    const terminal = this.#terminal;
    const good = verdicts.every(({ holds }) => holds);
    terminal.line();
    terminal.line(terminal.paint('bold', heading));
    terminal.line();
    for (const line of table(columns, rows, terminal.columns)) terminal.line(line);
    terminal.line();
    for (const remark of remarks) terminal.line(terminal.paint('dim', remark));
    terminal.line();
    const width = Math.max(...verdicts.map(({ claim }) => claim.length));
    for (const { holds, claim, detail } of verdicts) {
      const mark = holds ? terminal.paint('green', '✓') : terminal.paint('red', '✗');
      terminal.line(`${mark} ${claim.padEnd(width)}  ${terminal.paint('dim', detail)}`);
    }
    terminal.line();
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const verdict = good ? 'All of it happened' : 'Not all of it happened as it should';
    terminal.line(terminal.paint(good ? 'green' : 'red', `${verdict}, in ${seconds} s.`));
    terminal.line();
    return good;
  }

  /**
   * Waits until Ctrl-C, and shows the events meanwhile. @throws Error when the chain or the bot ends by
   * itself
   */
  async #stayUp(): Promise<void> {
    for (const line of await this.#act.goOn()) this.#terminal.line(line);
    this.#terminal.line();
    this.#terminal.line(`The page is open: ${this.#stage.page.url}`);
    this.#terminal.line();
    this.#terminal.line('Ctrl-C stops everything.');
    this.#terminal.line();
    await Promise.race([this.#keepShowingNews(), this.#stage.unlessEnded(), this.#stopped]).catch(
      async error => {
        await delay(interruptMs);
        if (!this.#stop.aborted) throw error;
      },
    );
  }

  async #keepShowingNews(): Promise<never> {
    for (;;) {
      await delay(newsEveryMs, undefined, { signal: this.#stop });
      await this.#showNews();
    }
  }

  async #showNews(): Promise<void> {
    for (const news of await this.#act.news()) this.#terminal.line(this.#newsLine(news));
  }

  #newsLine({ who, isBot, text }: News): string {
    const room = (this.#terminal.columns ?? newsColumns) - newsIndent.length - whoWidth - 1;
    const shown = text.length > room ? `${text.slice(0, Math.max(room - 1, 0))}…` : text;
    return `${newsIndent}${this.#terminal.paint(isBot ? 'cyan' : 'yellow', who.padEnd(whoWidth))} ${shown}`;
  }

  async #failure(error: unknown): Promise<Ending> {
    this.#terminal.endProgress();
    // Ctrl-C ended the chain and the bot too; the resulting error may arrive before the signal.
    await delay(interruptMs);
    if (this.#stop.aborted) {
      this.#terminal.line(`${this.#stepMark('–', 'yellow')} Interrupted: stopping the chain and the bot`);
      return 'interrupted';
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#terminal.line(`${this.#stepMark('✗', 'red')} ${this.#step.title}: ${reason}`);
    const output = this.#stage.botOutput.trimEnd();
    if (output !== '') {
      this.#terminal.line();
      this.#terminal.line('The bot’s last lines:');
      for (const line of output.split('\n').slice(-lastLines)) this.#terminal.line(`  ${line}`);
    }
    return 'failed';
  }

  async #close(result: Ending): Promise<Ending> {
    this.#terminal.endProgress();
    const exit = await this.#stage.close(result === 'as it should' ? 'SIGTERM' : 'SIGKILL');
    if (result !== 'as it should' || exit?.code === 0) return result;
    this.#terminal.line(`✗ the bot did not stop cleanly: ${ending(exit)}`);
    return 'failed';
  }

  #stepMark(mark: string, style: 'green' | 'red' | 'yellow'): string {
    const { done, of } = this.#step;
    return `${this.#terminal.paint(style, mark)} ${this.#terminal.paint('dim', `${done + 1}/${of}`.padStart(5))}`;
  }

  #showProgress(text: string): void {
    this.#terminal.progress(this.#step.done, this.#step.of, text);
  }
}
