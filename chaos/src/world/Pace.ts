import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pid as ownPid } from 'node:process';
import { type ClockAnchor, type StartedBot, temporaryFolder, type VirtualClock } from '@service-bots/devnet';

/** Returns the time that a process was ready and had to wait for a processor, in ms; undefined without Linux. */
function waitedMs(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return undefined;
  }
}

function pidOf({ pid, nodePid }: StartedBot): number {
  return nodePid ?? pid;
}

/** The pause between two measurements, in real ms. */
const measureEveryMs = 100;
/** A process that reacts later than this, in virtual ms, makes the pace fall; the pace rises below the second figure. */
const slowMs = 500;
const promptMs = 250;
/** A bot asks a second endpoint after a quarter of a second: an answer counts as later than it is. */
const answerWeight = 2;
/** The changes of the pace after a measurement. */
const fall = 0.7;
const rise = 1.05;
/** While a part is later than this, in virtual ms, the clock stands still, for at most some real ms. */
const standsMs = 2_000;
const longestStandMs = 10_000;
/** The clock stands still by itself when no new anchor comes: virtual ms, and not before so many real ones. */
const leaseMs = 3_000;
const leaseRealMs = 300;
/** The slowest pace: a machine that is too busy for it delays the processes as a busy host does. */
const slowest = 0.05;

/** A process that reacts this late, in virtual ms, and waited for a processor most of the time, is starved. */
const starvedMs = 5_000;

interface Follower {
  readonly name: string;
  readonly process: StartedBot;
  readonly onStarved: (lastedMs: number) => void;
  /** The virtual time at which the message was sent, and the time that was waited for a processor until then. */
  asked: { readonly virtualMs: number; readonly waitedMs: number };
  /** The time that it has waited for a processor in its life, in real ms, when last looked at. */
  waitedMs: number;
  /** Real ms at which a message was sent that has no answer yet. */
  askedAtMs: number | undefined;
  lagMs: number;
}

/**
 * The pace of the virtual clock that the campaign, its chains' miners and all bots share. The pace falls when a
 * process, a chain or the campaign's own event loop reacts late, and rises while all of them keep up. The clock
 * stands still while one of them is very late: a busy machine makes a campaign longer, and changes nothing that a
 * bot can see.
 */
export class Pace {
  readonly #clock: VirtualClock;
  readonly #fastest: number;
  readonly #followers = new Map<StartedBot, Follower>();
  #anchor: ClockAnchor;
  /** The longest delay of each part since the last measurement, in real ms. */
  readonly #reported = new Map<string, number>();
  /** How often each part made the pace fall. */
  readonly #slowed = new Map<string, number>();
  /** The answers that bots wait for, in the order of their requests. */
  readonly #awaited = new Set<{ readonly part: string; readonly weight: number; readonly atMs: number }>();
  #isOver = false;
  /** How long the clock has stood still, in real ms. */
  #stoodMs = 0;

  /** Holds the present anchor, for processes that were stopped. */
  readonly file: string;

  constructor(clock: VirtualClock, anchor: ClockAnchor, fastest: number) {
    this.file = join(temporaryFolder('chaos-pace-'), 'anchor.json');
    writeFileSync(this.file, JSON.stringify(anchor));
    this.#clock = clock;
    this.#anchor = anchor;
    this.#fastest = fastest;
    void this.#run();
  }

  /** The anchor for a process that starts now. */
  get anchor(): ClockAnchor {
    return this.#anchor;
  }

  /** The parts that made the pace fall, and how often, the most frequent first. */
  get slowedBy(): [string, number][] {
    return [...this.#slowed].sort(([, a], [, b]) => b - a);
  }

  /** @param onStarved is told, in virtual ms, how long the machine kept the process from running */
  follow(name: string, process: StartedBot, onStarved: (lastedMs: number) => void): void {
    const asked = { virtualMs: this.#clock.nowMs(), waitedMs: 0 };
    const follower = { name, process, onStarved, asked, waitedMs: 0, askedAtMs: undefined, lagMs: 0 };
    this.#followers.set(process, follower);
    void process.exited.then(() => {
      this.#judge(follower);
      this.#followers.delete(process);
    });
  }

  /** Leaves a process out of the measurement, before it is stopped on purpose. */
  leaveOut(process: StartedBot): void {
    this.#followers.delete(process);
  }

  /** Follows a process again that was left out. */
  takeIn(name: string, process: StartedBot, onStarved: (lastedMs: number) => void): void {
    this.follow(name, process, onStarved);
    void process.setClock({ anchor: this.#anchor });
  }

  /** Takes the delay of another part, such as a chain's blocks, into account: real ms. */
  report(part: string, lagMs: number): void {
    this.#reported.set(part, Math.max(this.#reported.get(part) ?? 0, lagMs));
  }

  /** Counts an answer that a bot waits for from now on. @returns a function to call when the answer is there */
  awaitAnswer(part: string): () => void {
    return this.#await(part, answerWeight);
  }

  /** Counts a block that is to be mined now. @returns a function to call when it is mined */
  awaitBlock(part: string): () => void {
    return this.#await(part, 1);
  }

  close(): void {
    this.#isOver = true;
  }

  #await(part: string, weight: number): () => void {
    const asked = { part, weight, atMs: this.#clock.realMs() };
    this.#awaited.add(asked);
    return () => {
      this.#awaited.delete(asked);
      this.report(part, weight * (this.#clock.realMs() - asked.atMs));
    };
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const before = this.#clock.realMs();
      await this.#clock.realDelay(measureEveryMs);
      const ownLagMs = this.#clock.realMs() - before - measureEveryMs;
      this.report('the campaign', ownLagMs);
      const [slowestPart, realLagMs] = this.#slowest();
      this.#reported.clear();
      const { rate } = this.#anchor;
      const lagMs = realLagMs * rate;
      this.#stoodMs = lagMs > standsMs ? this.#stoodMs + this.#clock.realMs() - before : 0;
      const stands = lagMs > standsMs && this.#stoodMs < longestStandMs;
      if (lagMs > slowMs) {
        this.#slowed.set(slowestPart, (this.#slowed.get(slowestPart) ?? 0) + 1);
        this.#set(Math.max(rate * fall, slowest), stands);
      } else this.#set(lagMs < promptMs ? Math.min(rate * rise, this.#fastest) : rate, stands);
      this.#ask();
    }
  }

  /** Returns the part that is latest, and by how much: real ms. */
  #slowest(): readonly [string, number] {
    const now = this.#clock.realMs();
    const [oldest] = this.#awaited;
    if (oldest) this.report(oldest.part, oldest.weight * (now - oldest.atMs));
    for (const { name, askedAtMs, lagMs } of this.#followers.values())
      this.report(name, askedAtMs === undefined ? lagMs : Math.max(now - askedAtMs, lagMs));
    return [...this.#reported].reduce(
      (latest, each) => (each[1] > latest[1] ? each : latest),
      ['nothing', 0],
    );
  }

  #ask(): void {
    for (const follower of this.#followers.values()) {
      follower.waitedMs = waitedMs(pidOf(follower.process)) ?? follower.waitedMs;
      if (follower.askedAtMs !== undefined) continue;
      const sentAt = this.#clock.realMs();
      follower.askedAtMs = sentAt;
      follower.asked = { virtualMs: this.#clock.nowMs(), waitedMs: this.#waitedMs(follower) };
      void follower.process.setClock({ anchor: this.#anchor }).then(() => {
        this.#judge(follower);
        follower.askedAtMs = undefined;
        follower.lagMs = this.#clock.realMs() - sentAt;
      });
    }
  }

  /** Reports a process that reacts late because the machine let it wait, and not because of its own work. */
  #judge(follower: Follower): void {
    const { askedAtMs, asked, onStarved } = follower;
    const lastedMs = this.#clock.nowMs() - asked.virtualMs;
    if (askedAtMs === undefined || lastedMs < starvedMs || !this.#followers.has(follower.process)) return;
    const waited = this.#waitedMs(follower) - asked.waitedMs;
    if (waited * 2 > this.#clock.realMs() - askedAtMs) onStarved(lastedMs);
  }

  /** Returns the time that the process or this one waited for a processor, since the campaign itself may be late. */
  #waitedMs({ process, waitedMs: last }: Follower): number {
    return (waitedMs(pidOf(process)) ?? last) + (waitedMs(ownPid) ?? 0);
  }

  #set(rate: number, stands: boolean): void {
    const clock = this.#clock;
    const virtualMs = clock.nowMs();
    const untilMs = virtualMs + (stands ? 0 : Math.max(leaseMs, leaseRealMs * rate));
    this.#anchor = { realMs: clock.realMs(), virtualMs, rate, untilMs };
    // Renamed, so that a reader never finds a half.
    writeFileSync(`${this.file}.new`, JSON.stringify(this.#anchor));
    renameSync(`${this.file}.new`, this.file);
    clock.setAnchor(this.#anchor);
  }
}
