import { createRequire, syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import process from 'node:process';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

/**
 * A moment that all processes of one machine agree on, and the pace from then on. `realMs` is CLOCK_MONOTONIC,
 * which every process of the machine reads alike.
 */
export interface ClockAnchor {
  readonly realMs: number;
  /** Milliseconds since 1970, by the virtual clock. */
  readonly virtualMs: number;
  /** Virtual milliseconds for each real one. */
  readonly rate: number;
  /** The clock stands still when it has reached this virtual time, until another anchor is set. @default never */
  readonly untilMs?: number;
}

/** An error of this process's wall clock: it is ahead by `byMs`, and `driftPerMs` more for each ms from `sinceMs` on. */
export interface WallClockError {
  readonly byMs: number;
  readonly driftPerMs: number;
  readonly sinceMs: number;
}

/** The virtual clock of this process. */
export interface VirtualClock {
  /** Milliseconds since 1970, without the wall clock's error; never set back. */
  nowMs(): number;
  /** Real milliseconds, CLOCK_MONOTONIC. */
  realMs(): number;
  setAnchor(anchor: ClockAnchor): void;
  /** Puts the wall clock (`Date`) wrong; timers and `performance` stay right. */
  setError(error: WallClockError): void;
  /** The timer of Node, on the machine's own time. */
  realDelay(ms: number): Promise<void>;
}

export const rightClock: WallClockError = { byMs: 0, driftPerMs: 0, sinceMs: 0 };

type Callback = (...args: unknown[]) => void;

const real = {
  hrtime: process.hrtime.bigint.bind(process.hrtime),
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  uptime: os.uptime,
};
const longestRealMs = 2 ** 31 - 1;
/** An anchor that is older is read again: real ms. */
const longestUnreadMs = 200;
/** The pause between two looks of a timer at a clock that stands still: real ms. */
const standstillMs = 20;

/** Reads CLOCK_MONOTONIC, in milliseconds. */
export function monotonicRealMs(): number {
  return Number(real.hrtime()) / 1e6;
}

/**
 * Puts this process on the virtual clock: `Date`, `performance.now`, `process.hrtime.bigint`, `process.uptime`,
 * `os.uptime`, every timer, and `AbortSignal.timeout`. Node's own timeouts of sockets and of `fetch` keep real
 * time. May be called once.
 *
 * @param options.readAnchor returns the present anchor; called when none was set for a while
 */
export function installVirtualClock(
  first: ClockAnchor,
  { readAnchor }: { readonly readAnchor?: () => ClockAnchor } = {},
): VirtualClock {
  let anchor = first;
  let error = rightClock;
  let newest = first.virtualMs;
  let readAtMs = Number.NEGATIVE_INFINITY;
  const pending = new Set<VirtualTimeout>();

  const nowMs = (): number => {
    const realNow = monotonicRealMs();
    // A process that starts, is busy or was stopped receives messages late, and runs timers before.
    if (readAnchor && realNow - readAtMs > longestUnreadMs) {
      anchor = readAnchor();
      readAtMs = realNow;
    }
    const { virtualMs, realMs, rate } = anchor;
    newest = Math.max(newest, Math.min(virtualMs + (realNow - realMs) * rate, limitMs()));
    return newest;
  };
  const limitMs = (): number => anchor.untilMs ?? Number.POSITIVE_INFINITY;
  const wallMs = (): number => {
    const now = nowMs();
    return Math.floor(now + error.byMs + (now - error.sinceMs) * error.driftPerMs);
  };

  /** A timer of the virtual clock, in the shape of Node's. */
  class VirtualTimeout {
    readonly #callback: Callback;
    readonly #args: readonly unknown[];
    readonly #delayMs: number;
    readonly #repeats: boolean;
    #dueMs = 0;
    #handle: NodeJS.Timeout | undefined;
    #isRef = true;

    constructor(callback: Callback, delayMs: unknown, args: readonly unknown[], repeats: boolean) {
      this.#callback = callback;
      this.#args = args;
      // As Node does: no number, or one out of range, counts as 1.
      const given = Number(delayMs);
      this.#delayMs = given >= 1 && given <= longestRealMs ? given : 1;
      this.#repeats = repeats;
      this.refresh();
    }

    refresh(): this {
      this.#dueMs = nowMs() + this.#delayMs;
      pending.add(this);
      this.arm();
      return this;
    }

    arm(): void {
      real.clearTimeout(this.#handle);
      const now = nowMs();
      const stands = now >= limitMs() && now < this.#dueMs;
      const leftMs = stands ? standstillMs : Math.max((this.#dueMs - now) / anchor.rate, 0);
      this.#handle = real.setTimeout(() => this.#fire(), Math.min(Math.ceil(leftMs), longestRealMs));
      if (!this.#isRef) this.#handle.unref();
    }

    close(): this {
      pending.delete(this);
      real.clearTimeout(this.#handle);
      return this;
    }

    ref(): this {
      this.#isRef = true;
      this.#handle?.ref();
      return this;
    }

    unref(): this {
      this.#isRef = false;
      this.#handle?.unref();
      return this;
    }

    hasRef(): boolean {
      return this.#isRef;
    }

    [Symbol.dispose](): void {
      this.close();
    }

    #fire(): void {
      if (nowMs() < this.#dueMs) {
        this.arm();
        return;
      }
      if (this.#repeats) this.refresh();
      else this.close();
      this.#callback(...this.#args);
    }
  }

  const clear = (timer: unknown): void => {
    if (timer instanceof VirtualTimeout) timer.close();
    else real.clearTimeout(timer as NodeJS.Timeout);
  };
  const later =
    (repeats: boolean) =>
    (callback: Callback, delayMs?: unknown, ...args: unknown[]): VirtualTimeout =>
      new VirtualTimeout(callback, delayMs, args, repeats);
  const delay = <T>(
    ms?: number,
    value?: T,
    { signal, ref = true }: { signal?: AbortSignal; ref?: boolean } = {},
  ): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const abort = () => {
        timer?.close();
        reject(new DOMException('The operation was aborted', { name: 'AbortError', cause: signal?.reason }));
      };
      let timer: VirtualTimeout | undefined;
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      timer = new VirtualTimeout(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve(value);
        },
        ms,
        [],
        false,
      );
      if (!ref) timer.unref();
    });

  const patched = {
    setTimeout: later(false),
    setInterval: later(true),
    clearTimeout: clear,
    clearInterval: clear,
  };
  // Node's `util.promisify(setTimeout)` keeps its meaning.
  Object.defineProperty(patched.setTimeout, Symbol.for('nodejs.util.promisify.custom'), { value: delay });
  Object.assign(globalThis, patched);
  Object.assign(timers, patched);
  Object.assign(timersPromises, { setTimeout: delay });
  Object.assign(timersPromises.scheduler, {
    wait: (ms: number, options?: { signal?: AbortSignal }) => delay(ms, undefined, options),
  });
  AbortSignal.timeout = ms => {
    const controller = new AbortController();
    const expire = () =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    new VirtualTimeout(expire, ms, [], false).unref();
    return controller.signal;
  };
  patchClocks(nowMs, wallMs);
  // The ES modules of Node's libraries show what was assigned above.
  syncBuiltinESMExports();

  return {
    nowMs,
    realMs: monotonicRealMs,
    setAnchor(next) {
      const isSamePace = next.rate === anchor.rate && nowMs() < limitMs();
      anchor = next;
      readAtMs = monotonicRealMs();
      if (isSamePace) return;
      for (const timer of pending) timer.arm();
    },
    setError(next) {
      error = next;
    },
    realDelay: ms => new Promise(resolve => real.setTimeout(resolve, ms)),
  };
}

function patchClocks(nowMs: () => number, wallMs: () => number): void {
  const startedAt = nowMs();
  const upAtStart = real.uptime();
  performance.now = () => nowMs() - startedAt;
  process.hrtime.bigint = () => BigInt(Math.round(nowMs() * 1e6));
  process.uptime = () => (nowMs() - startedAt) / 1_000;
  // `require` returns the object whose properties the library's ES module shows.
  (createRequire(import.meta.url)('node:os') as typeof os).uptime = () =>
    upAtStart + (nowMs() - startedAt) / 1_000;
  Date.now = wallMs;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget),
    apply: target => new target(target.now()).toString(),
  });
  Date.prototype.constructor = Date;
}
