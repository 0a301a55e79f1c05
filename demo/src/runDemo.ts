import { setTimeout as delay } from 'node:timers/promises';
import { roles } from '@service-bots/devnet';
import { type Minted, readChainRecord, readMints } from './chainRecord.ts';
import { moment, short } from './format.ts';
import { afterwards, goingOn } from './goingOn.ts';
import { mintTable, roleOf } from './mintTable.ts';
import { Stage } from './stage.ts';
import { type Notes, story } from './story.ts';
import type { Terminal } from './terminal.ts';
import { type Cast, dueAt, type Evidence, judge } from './verdicts.ts';

const cast: Cast = {
  bot: roles.bot.address,
  competitor: roles.competitor.address,
  traders: [roles.trader.address, roles.otherTrader.address],
};
/** The bot's default. */
const waitingPeriod = 0.5;
const lastLines = 15;
const blockSeconds = 1;
/** Ctrl-C reaches the chain and the bot too: their end is a failure only if none was asked for by then. */
const interruptMs = 200;

export type Ending = 'as it should' | 'failed' | 'interrupted';

/** Plays the story, shows what came of it, and puts everything away again, however it ends. */
export async function runDemo(terminal: Terminal, once: boolean, stop: AbortSignal): Promise<Ending> {
  return new Demo(terminal, stop).run(once);
}

class Demo {
  readonly #terminal: Terminal;
  readonly #stop: AbortSignal;
  readonly #stopped: Promise<never>;
  readonly #stage: Stage;
  readonly #notes: Notes = { downtime: { from: 0, until: 0 }, exit: undefined };
  #step = { done: 0, of: 0, title: '' };
  /** Mints up to here were shown. */
  #shownBlock = 0;

  constructor(terminal: Terminal, stop: AbortSignal) {
    this.#terminal = terminal;
    this.#stop = stop;
    this.#stopped = new Promise((_, reject) => {
      stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    });
    this.#stopped.catch(() => undefined);
    this.#stage = new Stage(stop, what => this.#showProgress(`${this.#step.title}: ${what}`));
  }

  async run(once: boolean): Promise<Ending> {
    const startedAt = Date.now();
    const say = (text?: string) => this.#terminal.line(text);
    let ending: Ending;
    try {
      say(
        this.#terminal.paint(
          'bold',
          'The checkpoint bot at work on a local chain with the real Hyperdrive contracts',
        ),
      );
      say();
      await this.#play();
      const good = await this.#showResult(startedAt);
      ending = good ? 'as it should' : 'failed';
      if (!once && !this.#stop.aborted) await this.#stay();
    } catch (error) {
      ending = await this.#failure(error);
    }
    return this.#close(ending, once);
  }

  async #play(): Promise<void> {
    const steps = story(this.#notes);
    for (const [done, { title, act }] of steps.entries()) {
      this.#step = { done, of: steps.length, title };
      this.#showProgress(title);
      const acting = act(this.#stage);
      acting.catch(() => undefined);
      const told = await Promise.race([acting, this.#stopped]);
      this.#terminal.line(`${this.#stepMark('✓', 'green')} ${this.#terminal.paint('bold', title)}: ${told}`);
      await this.#showNewMints();
    }
    this.#terminal.endProgress();
  }

  /** The table and the verdicts. @returns whether all hold */
  async #showResult(startedAt: number): Promise<boolean> {
    const terminal = this.#terminal;
    const evidence = await this.#evidence();
    const verdicts = judge(evidence);
    const good = verdicts.every(({ holds }) => holds);
    const { chain, pools } = evidence;

    terminal.line();
    terminal.line(
      terminal.paint('bold', 'What the chain says: checkpoints with matured positions, from its events'),
    );
    terminal.line();
    for (const line of mintTable(chain.mints, pools, cast, terminal.columns)) terminal.line(line);
    terminal.line();
    terminal.line(
      terminal.paint(
        'dim',
        'late: block time − checkpoint time. The bot leaves half a checkpoint to others: 12 h, USDC 30 min.',
      ),
    );
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

  async #evidence(): Promise<Evidence> {
    const { exit, downtime } = this.#notes;
    const chain = await readChainRecord(this.#stage.devnet);
    return {
      chain,
      cast,
      pools: this.#stage.devnet.pools,
      waitingPeriod,
      downtime,
      exit: exit ?? { code: null, signal: null },
      complaints: this.#stage.botLines
        .filter(({ level }) => level !== 'info' && level !== 'debug')
        .map(({ level, message }) => `${level}: ${message}`),
    };
  }

  /** Until Ctrl-C; shows what is minted meanwhile. @throws Error when the chain or the bot ends by itself */
  async #stay(): Promise<void> {
    const { anvil, bot, devnet } = this.#stage;
    await anvil.time.setIntervalMining(blockSeconds);
    const evidence = await this.#evidence();
    const due = evidence.chain.maturities.map(maturity => ({
      ...maturity,
      dueAt: dueAt(maturity, evidence),
    }));
    const [next] = due
      .filter(maturity => maturity.dueAt > evidence.chain.now)
      .sort((a, b) => a.dueAt - b.dueAt);
    const listening = await bot.waitForLine(({ message }) => message === 'status server listens');
    const lines = goingOn({
      rpcUrl: anvil.rpcUrl,
      registry: devnet.registry,
      statusPort: Number(listening.port),
      now: evidence.chain.now,
      next,
    });
    for (const line of lines) this.#terminal.line(line);
    this.#terminal.line();
    this.#terminal.line('Ctrl-C stops both.');
    this.#terminal.line();
    const ended = Promise.race([
      bot.exited.then(() => 'the bot ended by itself'),
      anvil.exited.then(() => 'the chain ended by itself'),
    ]).then(async what => {
      await delay(interruptMs);
      throw new Error(what);
    });
    const watching = this.#watch();
    await Promise.race([watching, ended, this.#stopped]).catch(error => {
      if (!this.#stop.aborted) throw error;
    });
  }

  async #watch(): Promise<never> {
    for (;;) {
      await delay(blockSeconds * 1000, undefined, { signal: this.#stop });
      try {
        await this.#showNewMints();
      } catch (error) {
        await delay(interruptMs, undefined, { signal: this.#stop });
        throw error;
      }
    }
  }

  async #showNewMints(): Promise<void> {
    if (!this.#stage.isDeployed) return;
    const { devnet, anvil } = this.#stage;
    const { number } = await anvil.time.latest();
    if (number === this.#shownBlock) return;
    const mints = await readMints(devnet, this.#shownBlock + 1, number);
    this.#shownBlock = number;
    for (const mint of mints) this.#terminal.line(this.#mintLine(mint));
  }

  #mintLine({ pool, time, minter, hash, blockTime }: Minted): string {
    const name = this.#stage.devnet.pools.find(({ address }) => address === pool)?.name ?? short(pool);
    const role = this.#terminal.paint(
      minter === cast.bot ? 'cyan' : 'yellow',
      roleOf(minter, cast).padEnd(10),
    );
    return `        ${moment(blockTime)}  ${role} minted ${`${moment(time)} of ${name}`.padEnd(26)}  ${short(hash)}`;
  }

  async #failure(error: unknown): Promise<Ending> {
    this.#terminal.endProgress();
    // Ctrl-C ended the chain and the bot too; what that broke may be heard of before the signal is.
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

  async #close(ending: Ending, once: boolean): Promise<Ending> {
    this.#terminal.endProgress();
    const exit = await this.#stage.close(ending === 'as it should' ? 'SIGTERM' : 'SIGKILL');
    if (ending !== 'as it should') return ending;
    if (exit?.code !== 0) {
      this.#terminal.line(`✗ the bot did not stop cleanly: ${exit?.signal ?? `exit ${exit?.code}`}`);
      return 'failed';
    }
    if (once) for (const line of afterwards()) this.#terminal.line(line);
    else this.#terminal.line('Stopped.');
    return ending;
  }

  #stepMark(mark: string, style: 'green' | 'red' | 'yellow'): string {
    const { done, of } = this.#step;
    return `${this.#terminal.paint(style, mark)} ${this.#terminal.paint('dim', `${done + 1}/${of}`.padStart(5))}`;
  }

  #showProgress(text: string): void {
    this.#terminal.progress(this.#step.done, this.#step.of, text);
  }
}
