import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { rightClock, type StartedBot, type VirtualClock, type WallClockError } from '@service-bots/devnet';
import type { BotKind, HistoryWriter } from '../history/index.ts';
import type { Pace } from './Pace.ts';
import type { Runtime, Version } from './runtime.ts';

/** A bot as its operators deploy it. */
export interface BotSpec {
  readonly bot: BotKind;
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly statusPort: number;
}

/** The part of the supervisor that all bots share. */
export interface SupervisorContext {
  readonly clock: VirtualClock;
  readonly pace: Pace;
  readonly runtime: Runtime;
  readonly history: HistoryWriter;
  /** While this file exists, the bots can resolve no name. */
  readonly withoutNamesFile: string;
  /** Folder of the processes' outputs. */
  readonly outputs: string;
  /** Called when a process of the bot ends without an order to do so. */
  readonly onCrash: (bot: BotKind, code: number | null) => void;
}

/** The pause before a process that ended is started again, as Docker's restart policy does it: virtual ms. */
const restartAfterMs = 2_000;
/** The pause between two looks at a bot's health: virtual ms. */
const lookEveryMs = 1_000;
const mainCopy = 'a';
/** The exit code of a bot after an error that it did not expect. */
const fatal = 1;

/** A bot is not healthy when it should be. */
export class NotHealthy extends Error {
  override readonly name = 'NotHealthy';
}

/** A bot under a supervisor that starts it again whenever it ends. */
export class Supervised {
  readonly spec: BotSpec;
  readonly #context: SupervisorContext;
  /** By the name of the copy. */
  readonly #processes = new Map<string, StartedBot>();
  readonly #frozen = new Set<StartedBot>();
  /** The length of each process's output that is in its file. */
  readonly #recorded = new Map<StartedBot, number>();
  /** The number of reasons for which it may not run. */
  #holds = 0;
  #isOver = false;
  #clockError: WallClockError = rightClock;
  #version: Version = 'present';

  constructor(spec: BotSpec, context: SupervisorContext) {
    this.spec = spec;
    this.#context = context;
    context.runtime.provideState(spec.stateDir);
  }

  readonly #onStarved = (lastedMs: number): void => {
    if (!this.#isOver) this.#context.history.write({ type: 'starved', bot: this.bot, lastedMs });
  };

  get bot(): BotKind {
    return this.spec.bot;
  }

  get process(): StartedBot | undefined {
    return this.#processes.get(mainCopy);
  }

  start(): void {
    this.#start(mainCopy, this.spec.statusPort);
  }

  /** Ends the process; the supervisor starts it again. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (!process) return;
    this.thaw();
    await process.stop(signal);
  }

  /** Ends the process and keeps it from running, until `release`. */
  async hold(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#holds += 1;
    await this.kill(signal);
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.process) this.start();
  }

  /** Stops the process without its knowledge, until `thaw`. */
  freeze(): void {
    const { process } = this;
    if (!process || this.#frozen.has(process)) return;
    this.#context.pace.leaveOut(process);
    this.#frozen.add(process);
    process.kill('SIGSTOP');
  }

  thaw(): void {
    const { process } = this;
    if (!process || !this.#frozen.delete(process)) return;
    process.kill('SIGCONT');
    this.#context.pace.takeIn(this.bot, process, this.#onStarved);
  }

  /** Starts one more copy on the same state. @returns a function that ends it */
  async startCopy(copy: string): Promise<() => Promise<void>> {
    const process = this.#start(copy, await freePort());
    return async () => void (await process.stop('SIGTERM'));
  }

  /** Sets the version of the processes that start from now on. */
  setVersion(version: Version): void {
    this.#version = version;
  }

  /** Puts the wall clock of its processes wrong, those that start later included. */
  setClockError(error: WallClockError): void {
    this.#clockError = error;
    for (const process of this.#processes.values()) void process.setClock({ error });
  }

  /** Returns the checks of its open alerts; undefined while it does not answer. */
  async openAlerts(): Promise<string[] | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.spec.statusPort}/status`, {
        signal: AbortSignal.timeout(10_000),
      });
      const { openAlerts } = (await response.json()) as { openAlerts: { check: string }[] };
      return openAlerts.map(({ check }) => check);
    } catch {
      return undefined;
    }
  }

  /** Returns whether it says of itself that it works. */
  async isHealthy(): Promise<boolean> {
    try {
      const url = `http://127.0.0.1:${this.spec.statusPort}/healthz`;
      return (await fetch(url, { signal: AbortSignal.timeout(10_000) })).ok;
    } catch {
      return false;
    }
  }

  /** @throws NotHealthy with the end of its output when it is not healthy after `timeoutMs` */
  async untilHealthy(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!(await this.isHealthy())) {
      if (performance.now() > endMs) {
        const said = this.process?.output.slice(-3_000) ?? 'it does not run';
        throw new NotHealthy(
          `${this.bot} was not healthy for ${timeoutMs / 1_000} s; its output ends:\n${said}`,
        );
      }
      await delay(lookEveryMs);
    }
  }

  /** Appends the outputs since the last call to their files. */
  record(): void {
    for (const [copy, process] of this.#processes) this.#recordOutput(copy, process);
  }

  /** Ends all its processes for good. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.thaw();
    await Promise.all([...this.#processes.values()].map(process => process.stop('SIGTERM')));
  }

  #start(copy: string, statusPort: number): StartedBot {
    const { pace, history, runtime, withoutNamesFile } = this.#context;
    const { bot, stateDir } = this.spec;
    const env = { ...this.spec.env, STATUS_PORT: `${statusPort}` };
    const process = runtime.start(
      { bot, version: this.#version, env, stateDir },
      { anchor: pace.anchor, anchorFile: pace.file, clockError: this.#clockError, withoutNamesFile },
    );
    this.#processes.set(copy, process);
    pace.follow(bot, process, this.#onStarved);
    history.write({ type: 'process', bot, copy, pid: process.pid, event: 'started' });
    void process.exited.then(async ({ code, signal }) => {
      this.#processes.delete(copy);
      this.#frozen.delete(process);
      this.#recordOutput(copy, process);
      this.#recorded.delete(process);
      // After its last record the history takes none: the end of the campaign is no end of a process.
      if (this.#isOver) return;
      history.write({ type: 'process', bot, copy, pid: process.pid, event: 'ended', code, signal });
      if (copy !== mainCopy) return;
      if (code === fatal) this.#context.onCrash(bot, code);
      if (this.#holds > 0) return;
      await delay(restartAfterMs);
      if (this.#holds === 0 && !this.#isOver && !this.process) this.start();
    });
    return process;
  }

  #recordOutput(copy: string, process: StartedBot): void {
    const { output } = process;
    const path = join(this.#context.outputs, `${this.bot}-${copy}.log`);
    appendFileSync(path, output.slice(this.#recorded.get(process) ?? 0));
    this.#recorded.set(process, output.length);
  }
}

/** Returns a port that nothing listens on: a bot keeps it over its restarts. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
