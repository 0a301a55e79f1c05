import { seededRandom } from '../seededRandom.ts';
import {
  type ActingFault,
  type Exchange,
  type Fault,
  ok,
  type ProxyControls,
  type ProxyReaction,
  withoutPort,
} from './fault.ts';

/** A period of a timeline. Without a length it lasts for good. */
interface Stretch {
  readonly fault: Fault;
  readonly forMs?: number;
  readonly forRequests?: number;
}

/** The start of a scheduled fault, counted from the time at which the step before it came into force. */
export type ScheduleStep =
  | { readonly afterMs: number; readonly fault: Fault }
  | { readonly afterRequests: number; readonly fault: Fault };

/**
 * Behaves correctly for `okMs` milliseconds, then has the fault for `badMs`, and so on, beginning with
 * correct behaviour.
 */
export function flapping(okMs: number, badMs: number, bad: Fault): Fault {
  const stretches = [
    { fault: ok, forMs: okMs },
    { fault: bad, forMs: badMs },
  ];
  return timeline(`flapping(${okMs}, ${badMs}, ${bad.name})`, stretches, true);
}

/**
 * `flapping` by HTTP requests instead of time: the same on every machine.
 *
 * @throws RangeError unless both counts are at least 1.
 */
export function flappingByCount(okRequests: number, badRequests: number, bad: Fault): Fault {
  if (!(okRequests >= 1 && badRequests >= 1)) throw new RangeError('flapping takes a request of each kind');
  const stretches = [
    { fault: ok, forRequests: okRequests },
    { fault: bad, forRequests: badRequests },
  ];
  return timeline(`flapping-by-count(${okRequests}, ${badRequests}, ${bad.name})`, stretches, true);
}

/**
 * Behaves correctly until the first step, then has one step's fault after the other; the last stays. To end a
 * fault, make `ok` the next step.
 */
export function schedule(steps: readonly ScheduleStep[]): Fault {
  const until = (step: ScheduleStep | undefined): Omit<Stretch, 'fault'> => {
    if (step === undefined) return {};
    return 'afterMs' in step ? { forMs: step.afterMs } : { forRequests: step.afterRequests };
  };
  const stretches = [ok, ...steps.map(step => step.fault)].map((fault, index) => ({
    fault,
    ...until(steps[index]),
  }));
  return timeline(`schedule(${steps.map(step => step.fault.name).join(', ')})`, stretches, false);
}

/**
 * Each HTTP request meets the fault with this probability (0 to 1). With one seed, the same requests in
 * order meet it each time it is set.
 */
export function random(probability: number, bad: Fault, seed: number): Fault {
  return {
    name: `random(${probability}, ${bad.name}, seed ${seed})`,
    async begin(controls) {
      const acting = await bad.begin(withoutPort(controls));
      const draw = seededRandom(seed);
      return {
        act: exchange => (draw() < probability ? acting.act(exchange) : exchange.pass()),
        stop: () => acting.stop?.(),
      };
    },
  };
}

/** Each HTTP request meets one of the faults, drawn with these weights, which need not have a given sum. */
export function randomOf(choices: readonly { weight: number; fault: Fault }[], seed: number): Fault {
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  return {
    name: `random-of(${choices.map(({ weight, fault }) => `${weight} ${fault.name}`).join(', ')}, seed ${seed})`,
    async begin(controls) {
      const acting = await Promise.all(choices.map(({ fault }) => fault.begin(withoutPort(controls))));
      const draw = seededRandom(seed);
      return {
        act(exchange) {
          let left = draw() * total;
          const index = choices.findIndex(({ weight }) => {
            left -= weight;
            return left < 0;
          });
          return acting[index]?.act(exchange) ?? exchange.pass();
        },
        async stop() {
          for (const one of acting) await one.stop?.();
        },
      };
    },
  };
}

function timeline(name: string, stretches: readonly Stretch[], repeat: boolean): Fault {
  return {
    name,
    async begin(controls) {
      const run = new Timeline(stretches, repeat, controls);
      await run.enter(0);
      return run;
    },
  };
}

class Timeline implements ActingFault {
  /** The fault in force; a promise, because the next one may still be beginning. */
  #acting: Promise<ActingFault>;
  #index = 0;
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #stretches: readonly Stretch[];
  readonly #repeat: boolean;
  readonly #controls: ProxyControls;

  constructor(stretches: readonly Stretch[], repeat: boolean, controls: ProxyControls) {
    this.#stretches = stretches;
    this.#repeat = repeat;
    this.#controls = controls;
    this.#acting = Promise.resolve(ok.begin(controls));
  }

  enter(index: number): Promise<ActingFault> {
    const stretch = this.#stretches[index] as Stretch;
    this.#index = index;
    this.#requests = 0;
    // With the port closed, no request could end a period that is counted in requests.
    const controls = stretch.forRequests === undefined ? this.#controls : withoutPort(this.#controls);
    const before = this.#acting;
    this.#acting = (async () => {
      await stopped(before);
      return stretch.fault.begin(controls);
    })();
    // A caller that waits for it gets the failure; without a caller, the rejection must not count as
    // unhandled.
    this.#acting.catch(() => undefined);
    if (stretch.forMs !== undefined) {
      this.#timer = setTimeout(() => this.#leave(), stretch.forMs).unref();
    }
    return this.#acting;
  }

  async act(exchange: Exchange): Promise<ProxyReaction> {
    for (;;) {
      const { forRequests } = this.#stretches[this.#index] as Stretch;
      if (this.#stopped || forRequests === undefined || this.#requests < forRequests) break;
      this.#leave();
    }
    this.#requests += 1;
    return (await this.#acting).act(exchange);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await stopped(this.#acting);
  }

  #leave(): void {
    if (this.#stopped) return;
    const next = this.#index + 1;
    void this.enter(this.#repeat ? next % this.#stretches.length : next);
  }
}

/** A fault that could not begin has nothing to end. */
async function stopped(beginning: Promise<ActingFault>): Promise<void> {
  const acting = await beginning.catch(() => undefined);
  await acting?.stop?.();
}
