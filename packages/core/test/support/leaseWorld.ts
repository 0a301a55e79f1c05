import { Lease, type LeaseTimes } from '../../src/lease/Lease.ts';
import type { LeaseFolder } from '../../src/lease/leaseFolder.ts';
import type { Presence } from '../../src/lease/socketPresence.ts';
import type { Moment } from '../../src/lease/stopwatch.ts';

export interface Fault {
  atMs: number;
  slot: number;
  /** pause: its clocks go on; suspend: one of them stops; stop: in good order. */
  kind: 'pause' | 'suspend' | 'crash' | 'stop';
  forMs: number;
}

export interface Circumstances {
  faults: readonly Fault[];
  /** The delays of the steps, one after the other, repeated. */
  delays: readonly number[];
  /** The speed of each copy's clock. */
  rates: readonly number[];
  staleMs: number;
  sameKernel: boolean;
  times: LeaseTimes;
}

interface Copy {
  id: string;
  slot: number;
  lease: Lease;
  stop: AbortController;
  frozenUntil: number;
  isGone: boolean;
  /** The work that continues once the copy is no longer frozen. */
  held: (() => void)[];
  asleepMs: number;
  listing: { at: number; term: number };
}

interface Event {
  at: number;
  run: () => void;
}

const actEveryMs = 700;

/** Copies of a bot on machines of their own, a folder between them, and time that the test advances. */
export class World {
  readonly violations: string[] = [];
  readonly acts: { atMs: number; slot: number; term: number }[] = [];
  readonly #circumstances: Circumstances;
  readonly #files = new Map<number, string>();
  readonly #agenda: Event[] = [];
  #copies: Copy[] = [];
  #now = 0;
  #steps = 0;
  #starts = 0;
  #isHealed = false;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    for (const slot of [0, 1, 2]) this.#at(this.#now + slot, () => this.#start(slot));
    for (const fault of circumstances.faults) this.#at(fault.atMs, () => this.#strike(fault));
  }

  holders(): Copy[] {
    return this.#copies.filter(copy => this.#isRunning(copy) && copy.lease.holds());
  }

  /** From now on every step is quick, and no fault occurs. */
  heal(): void {
    this.#isHealed = true;
    for (const copy of this.#copies) this.#thaw(copy);
  }

  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      let next = 0;
      this.#agenda.forEach(({ at }, i) => {
        if (at < (this.#agenda[next]?.at ?? 0)) next = i;
      });
      const event = this.#agenda[next];
      if (!event || event.at > end) break;
      this.#agenda.splice(next, 1);
      this.#now = Math.max(this.#now, event.at);
      this.#check();
      event.run();
      // All work continues until it waits: no chain of promises here is longer.
      for (let i = 0; i < 30; i += 1) await undefined;
      this.#check();
    }
    this.#now = end;
  }

  #check(): void {
    const holders = this.holders();
    if (holders.length > 1)
      this.violations.push(
        `${this.#now}: ${holders.map(({ id, lease }) => `${id} (${lease.term})`).join(', ')} hold it`,
      );
  }

  #at(at: number, run: () => void): Event {
    const event = { at, run };
    this.#agenda.push(event);
    return event;
  }

  #isRunning(copy: Copy): boolean {
    return !copy.isGone && copy.frozenUntil <= this.#now;
  }

  #start(slot: number): void {
    this.#starts += 1;
    const copy = {
      id: `copy-${this.#starts}`,
      slot,
      frozenUntil: 0,
      isGone: false,
      held: [],
      asleepMs: 0,
    } as unknown as Copy;
    copy.stop = new AbortController();
    copy.listing = { at: -Infinity, term: 0 };
    copy.lease = new Lease({
      id: copy.id,
      host: `host-${slot}`,
      pid: 1,
      folder: this.#folderOf(copy),
      presence: this.#presenceOf(copy),
      stopwatch: { now: () => this.#momentOf(copy), sleep: (ms, signal) => this.#sleep(copy, ms, signal) },
      now: () => 1_700_000_000_000 - this.#now,
      times: this.#circumstances.times,
      onHeldByOther: () => undefined,
      onLost: () => this.#end(copy),
    });
    this.#copies.push(copy);
    void copy.lease.take(copy.stop.signal).then(() => this.#act(copy));
  }

  async #act(copy: Copy): Promise<void> {
    while (!copy.isGone && copy.lease.holds()) {
      const acted = await copy.lease.confirm().then(
        () => true,
        () => false,
      );
      if (acted) {
        const { term } = copy.lease;
        if (term < (this.acts.at(-1)?.term ?? 0))
          this.violations.push(`${this.#now}: ${copy.id} acts in term ${term}`);
        this.acts.push({ atMs: this.#now, slot: copy.slot, term });
      }
      await this.#sleep(copy, actEveryMs);
    }
  }

  /** Ends a copy; its supervisor starts another. */
  #end(copy: Copy): void {
    copy.isGone = true;
    this.#copies = this.#copies.filter(each => each !== copy);
    this.#at(this.#now + 2_000, () => this.#start(copy.slot));
  }

  #strike({ slot, kind, forMs }: Fault): void {
    const copy = this.#copies.find(each => each.slot === slot && this.#isRunning(each));
    if (!copy || this.#isHealed) return;
    if (kind === 'crash') this.#end(copy);
    else if (kind === 'stop') {
      copy.stop.abort();
      void copy.lease.release().then(() => this.#end(copy));
    } else {
      copy.frozenUntil = this.#now + forMs;
      if (kind === 'suspend') this.#at(copy.frozenUntil, () => (copy.asleepMs += forMs));
      this.#at(copy.frozenUntil, () => this.#thaw(copy));
    }
  }

  #thaw(copy: Copy): void {
    copy.frozenUntil = Math.min(copy.frozenUntil, this.#now);
    for (const go of copy.held.splice(0)) go();
  }

  /** Continues the copy's work once it is not frozen; never when the copy has ended. */
  #resume(copy: Copy, go: () => void): void {
    if (copy.isGone) return;
    if (copy.frozenUntil > this.#now) copy.held.push(go);
    else go();
  }

  #sleep(copy: Copy, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve();
      const rate = this.#circumstances.rates[copy.slot] ?? 1;
      const event = this.#at(this.#now + Math.max(ms / rate, 1), () => {
        signal?.removeEventListener('abort', wake);
        this.#resume(copy, resolve);
      });
      const wake = () => {
        const at = this.#agenda.indexOf(event);
        if (at >= 0) this.#agenda.splice(at, 1);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #momentOf(copy: Copy): Moment {
    const allMs = this.#now * (this.#circumstances.rates[copy.slot] ?? 1) + 1_000 * copy.slot;
    return { allMs, awakeMs: allMs - copy.asleepMs };
  }

  #delay(): number {
    const { delays } = this.#circumstances;
    this.#steps += 1;
    return this.#isHealed ? 5 : (delays[this.#steps % delays.length] ?? 1);
  }

  /**
   * Runs the steps in the folder, each after a delay, even when the caller has ended meanwhile; then returns
   * the answer.
   */
  #op<T>(copy: Copy, ...steps: (() => T)[]): Promise<T> {
    return new Promise((resolve, reject) => {
      let at = this.#now;
      let answer: () => void = () => undefined;
      let failed = false;
      for (const step of steps) {
        at += this.#delay();
        this.#at(at, () => {
          if (failed) return;
          try {
            const value = step();
            answer = () => resolve(value);
          } catch (error) {
            failed = true;
            answer = () => reject(error);
          }
        });
      }
      this.#at(at + this.#delay(), () => this.#resume(copy, () => answer()));
    });
  }

  #listing(copy: Copy): number {
    const { staleMs } = this.#circumstances;
    if (this.#now - copy.listing.at >= staleMs || this.#isHealed)
      copy.listing = { at: this.#now, term: Math.max(0, ...this.#files.keys()) };
    return copy.listing.term;
  }

  #folderOf(copy: Copy): LeaseFolder {
    const taken = new Error('EEXIST');
    return {
      newestTerm: () => this.#op(copy, () => this.#listing(copy)),
      look: () =>
        this.#op(copy, () => {
          const term = this.#listing(copy);
          return { term, text: this.#files.get(term) ?? '' };
        }),
      create: (term, text) =>
        this.#op(
          copy,
          () => {
            if (this.#files.has(term)) throw taken;
            this.#files.set(term, '');
            copy.listing = { at: -Infinity, term: 0 };
            return true;
          },
          () => {
            this.#files.set(term, text);
            return true;
          },
        ).catch(error => {
          if (error === taken) return false;
          throw error;
        }),
      overwrite: (term, text) =>
        this.#op(copy, () => {
          if (!this.#files.has(term)) throw new Error('ENOENT');
          this.#files.set(term, text);
        }),
      prune: async () => undefined,
    };
  }

  #presenceOf(copy: Copy): Presence {
    const { sameKernel } = this.#circumstances;
    const mark = { boot: 'boot', device: '1', socket: copy.id };
    return {
      announce: async () => (sameKernel ? mark : undefined),
      isGone: ({ socket }) => this.#op(copy, () => !this.#copies.some(({ id }) => id === socket)),
      clear: async () => undefined,
      close: () => undefined,
    };
  }
}
