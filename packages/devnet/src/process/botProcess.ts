import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { killWhenParentDies } from '../chain/reaper.ts';
import { clockImport } from './clockImport.ts';
import type { Exit, StartedBot } from './startedBot.ts';
import type { ClockAnchor, WallClockError } from './virtualClock.ts';

/** A line of a bot's JSON log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * A bot as a separate process, as its users run it: `node dist/main.js`, configured by environment variables
 * alone.
 */
export interface BotProcess extends StartedBot {
  /** The lines of its output that are JSON. */
  readonly lines: readonly LogLine[];
  /**
   * Returns the first matching line, of all so far and those to come.
   * @throws Error with the output's end when the process ends or the time is up before there is one
   */
  waitForLine(fits: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine>;
  /** Returns the answer of its status server; the bot has to run with `STATUS_PORT` set. */
  get(path: '/healthz' | '/readyz' | '/metrics' | '/status'): Promise<{ code: number; body: string }>;
  /** Returns `/status`, in the fields that the caller reads. */
  status<T>(): Promise<T>;
  /**
   * Shifts its wall clock to `ms` ahead of this machine's; resolves once the process has applied it. A timer
   * that is already set still goes off at its original time.
   * @throws Error when it was not started with `clockShiftMs`, or ends first
   */
  shiftClock(ms: number): Promise<void>;
}

export interface BotProcessOptions {
  /**
   * The offset of its wall clock to this machine's, from its first line on. When given, even as 0, it can be
   * shifted while it runs. `anvil.time.aheadSeconds()` returns the chain's offset.
   */
  readonly clockShiftMs?: number;
  /** Puts it on a virtual clock, whose pace `setClock` changes. */
  readonly anchor?: ClockAnchor;
  /** A file that always holds the present anchor as JSON, for a process that was stopped; needs `anchor`. */
  readonly anchorFile?: string;
  /**
   * Lets it resolve every name below `localhost`, except while this file exists; needs `anchor`.
   */
  readonly withoutNamesFile?: string;
  /** The error of the process's wall clock, from the start of the process on; needs `anchor`. */
  readonly clockError?: WallClockError;
}

const defaultTimeoutMs = 60_000;
/**
 * The built file: a separate process cannot load TypeScript. The path is the same from `src` and from `dist`.
 */
const shiftedClock = new URL('../../dist/process/shiftedClock.js', import.meta.url);
const onVirtualClock = new URL('../../dist/process/onVirtualClock.js', import.meta.url);

/**
 * Starts `node <entry>` with exactly this environment, plus JSON logs and a status server on any free port.
 * The process is killed whenever ours ends.
 */
export function startBotProcess(
  entry: string,
  env: Readonly<Record<string, string>>,
  options: BotProcessOptions = {},
): BotProcess {
  const shiftable = options.clockShiftMs !== undefined;
  const preload = preloadOf(options);
  const child: ChildProcess = spawn(process.execPath, [...preload, entry], {
    env: { PATH: process.env.PATH ?? '', LOG_FORMAT: 'json', STATUS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(preload.length > 0 ? (['ipc'] as const) : [])],
  });
  const endReaper = child.pid === undefined ? () => {} : killWhenParentDies(child.pid);
  let output = '';
  let ended: Exit | undefined;
  let nextMessage = 1;
  /** Called when the process has applied the clock's message of this id. */
  const clockSet = new Map<number, () => void>();
  child.on('message', message => {
    const { id } = message as { id?: number };
    if (id === undefined) return;
    clockSet.get(id)?.();
    clockSet.delete(id);
  });
  const lines: LogLine[] = [];
  const listeners = new Set<() => void>();
  const exited = new Promise<Exit>(resolve => {
    child.once('close', (code, signal) => {
      endReaper();
      ended = { code, signal };
      resolve(ended);
      for (const listener of [...listeners]) listener();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', text => {
      output += `${text}\n`;
      const line = parseLine(text);
      if (line) lines.push(line);
      for (const listener of [...listeners]) listener();
    });
  }

  const waitForLine = async (
    fits: (line: LogLine) => boolean,
    timeoutMs = defaultTimeoutMs,
  ): Promise<LogLine> => {
    const expired = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = lines.find(fits);
      if (found) return found;
      if (ended || expired.aborted) {
        const why = ended ? `the bot ended (${ended.code ?? ended.signal})` : `${timeoutMs} ms passed`;
        throw new Error(`${why} before the line came; its output ends:\n${output.slice(-3_000)}`);
      }
      await new Promise<void>(resolve => {
        const wake = () => {
          listeners.delete(wake);
          expired.removeEventListener('abort', wake);
          resolve();
        };
        listeners.add(wake);
        expired.addEventListener('abort', wake, { once: true });
      });
    }
  };

  const get: BotProcess['get'] = async path => {
    const { port } = await waitForLine(({ message }) => message === 'status server listens');
    // A connection for each request: the bot closes an idle one, perhaps while the next request is under way.
    const headers = { connection: 'close' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return { code: response.status, body: await response.text() };
  };

  return {
    pid: child.pid ?? 0,
    get output() {
      return output;
    },
    lines,
    exited,
    waitForLine,
    get,
    status: async () => JSON.parse((await get('/status')).body),
    async shiftClock(ms) {
      if (!shiftable) throw new Error('the bot has the real clock: start it with clockShiftMs');
      const taken = new Promise<void>(resolve => {
        const onMessage = (message: unknown) => {
          if ((message as { shiftMs: number }).shiftMs !== ms) return;
          child.off('message', onMessage);
          resolve();
        };
        child.on('message', onMessage);
      });
      const gone = exited.then(() => {
        throw new Error('the bot ended before it had shifted its clock');
      });
      child.send({ shiftMs: ms }, () => {}); // `exited` reports a process that is gone
      await Promise.race([taken, gone]);
    },
    setClock(change) {
      const id = nextMessage++;
      const taken = new Promise<void>(resolve => clockSet.set(id, resolve));
      if (child.connected) child.send({ ...change, id }, () => {});
      return taken;
    },
    kill(signal) {
      child.kill(signal);
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const exit = await Promise.race([exited, delay(20_000, undefined, { ref: false })]);
      if (exit) return exit;
      child.kill('SIGKILL');
      return exited;
    },
  };
}

/** Returns Node's arguments that load the clock before the bot. */
function preloadOf({ clockShiftMs, anchor, ...clock }: BotProcessOptions): string[] {
  if (anchor !== undefined) return ['--import', clockImport(onVirtualClock, { anchor, ...clock })];
  return clockShiftMs === undefined ? [] : ['--import', `${shiftedClock}?shiftMs=${clockShiftMs}`];
}

function parseLine(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
