import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { rank, type Severity, severities } from '../../src/alerts/model/alert.ts';
import { hour, minute } from '../support/story.ts';
import { type AlertWorld, type ChannelName, channelNames, entityOf } from './AlertWorld.ts';
import { entities, findings, type Oracle, type Truth } from './Oracle.ts';
import { type Trouble, troubles } from './Service.ts';

/** An event of a history. */
export type Step =
  | { do: 'find'; finding: number; truth: Truth }
  | { do: 'wait'; rounds: number; gapMs: number }
  | { do: 'trouble'; channel: ChannelName; trouble: Trouble }
  | { do: 'acknowledge'; target: number }
  | { do: 'mute'; target: number; forMs: number }
  | { do: 'acknowledgeFor'; target: number; forMs: number }
  | { do: 'unmute'; target: number }
  | { do: 'acknowledgeAtPager' }
  | { do: 'restart' | 'kill' | 'rename' | 'loseChain' | 'learnChain' | 'settle' }
  | { do: 'without'; channel: ChannelName }
  | { do: 'damage'; how: 'cut' | 'empty' | 'delete' | 'replace' | 'restore' }
  | { do: 'clock'; ms: number };

const targets = [...entities, ...findings.map(({ entity }) => entity)];
const target = fc.nat(targets.length - 1);
const forMs = fc.constantFrom(10 * minute, hour);
const channel = fc.constantFrom(...channelNames);
const only = <T extends Step['do']>(name: T) => fc.constant({ do: name });

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      finding: fc.nat(findings.length - 1),
      truth: fc.constantFrom<Truth>(...severities, 'fine', 'fine', 'blind'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      rounds: fc.integer({ min: 1, max: 4 }),
      gapMs: fc.constantFrom(20_000, 3 * minute, 6 * minute, 70 * minute, 25 * hour),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      channel,
      trouble: fc.constantFrom(...troubles),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), target }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mute' as const), target, forMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acknowledgeFor' as const), target, forMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unmute' as const), target }) },
  { weight: 1, arbitrary: only('acknowledgeAtPager') },
  { weight: 1, arbitrary: only('restart') },
  { weight: 3, arbitrary: only('kill') },
  { weight: 1, arbitrary: only('rename') },
  { weight: 1, arbitrary: only('loseChain') },
  { weight: 1, arbitrary: only('learnChain') },
  { weight: 1, arbitrary: only('settle') },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('without' as const), channel }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('damage' as const),
      how: fc.constantFrom(
        'cut' as const,
        'empty' as const,
        'delete' as const,
        'replace' as const,
        'restore' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      ms: fc.constantFrom(-365 * 24 * hour, -hour, -10 * minute, 10 * minute, hour, 365 * 24 * hour),
    }),
  },
);

export const history: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 25 }) as fc.Arbitrary<
  Step[]
>;

const roundMs = 15_000;

/** Plays a history in a world, and records the facts for the oracle. */
export class Player {
  readonly #world: AlertWorld;
  readonly #oracle: Oracle;
  #earlierFile: Buffer = Buffer.alloc(0);
  /**
   * Findings that began or got worse while a channel was not configured: the channel gets them with a
   * reminder.
   */
  readonly late = new Set<string>();
  /** Channels that were not configured for a while: their histories have gaps. */
  readonly missed = new Set<ChannelName>();
  /** The severity of each open alert when a person acknowledged its incident in PagerDuty itself. */
  readonly atPager = new Map<string, Severity | undefined>();

  constructor(world: AlertWorld, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
  }

  async play(one: Step): Promise<void> {
    const world = this.#world;
    const { start } = world;
    switch (one.do) {
      case 'find': {
        const finding = findings[one.finding];
        if (finding) this.#oracle.of(finding).truth = one.truth;
        break;
      }
      case 'wait':
        for (let i = 1; i < one.rounds; i += 1) await this.round(one.gapMs);
        return this.round(one.gapMs);
      case 'trouble':
        world.service(one.channel).trouble = one.trouble;
        break;
      case 'acknowledge':
        this.#decide(one.target, 'ack');
        break;
      case 'acknowledgeFor':
        this.#decide(one.target, 'ack', one.forMs);
        break;
      case 'mute':
        this.#decide(one.target, 'mute', one.forMs);
        break;
      case 'unmute': {
        const entity = targets[one.target] as string;
        world.unmute(entity);
        for (const known of this.#oracle.known.values()) known.acknowledgements.delete(entity);
        break;
      }
      case 'acknowledgeAtPager':
        this.#acknowledgeAtPager();
        break;
      case 'restart':
        await this.#restart(undefined);
        break;
      case 'without':
        await this.#restart(one.channel);
        break;
      case 'kill':
        world.kill();
        break;
      case 'rename':
        start.environment = start.environment === 'prod' ? 'staging' : 'prod';
        // Under the other name the alert begins anew: an acknowledgement was about the previous one.
        for (const known of this.#oracle.known.values()) {
          for (const care of known.acknowledgements.values()) care.isUncertain = true;
          // While its check cannot run, the alert is not raised under the other name.
          if (known.severity !== undefined) known.isEnding = true;
        }
        if (start.missing) for (const { entity } of findings) this.late.add(entity);
        await world.restart();
        break;
      case 'loseChain':
        start.isChainKnown = false;
        await world.restart();
        break;
      case 'learnChain':
        start.isChainKnown = true;
        break;
      case 'damage':
        this.#damage(one.how);
        break;
      case 'clock':
        world.clock.step(one.ms);
        break;
      case 'settle':
        return this.settle();
    }
    return this.round(roundMs);
  }

  async round(gapMs: number): Promise<void> {
    await this.#world.clock.advance(gapMs);
    const worstBefore = new Map([...this.#oracle.known].map(([key, { worst }]) => [key, worst]));
    const observations = this.#oracle.round();
    if (this.#world.start.missing)
      for (const [key, { worst }] of this.#oracle.known)
        if (worst !== worstBefore.get(key)) this.late.add(key);
    // A finding that is worse than the acknowledged one pages people again; a milder one need not.
    for (const [told, severity] of this.atPager) {
      const worst = this.#worst(told);
      if (severity === undefined || (worst !== undefined && rank(worst) > rank(severity)))
        this.atPager.delete(told);
    }
    await this.#world.observe(observations);
  }

  /** Plays hours in which everything works: after them every channel must show the truth. */
  async settle(): Promise<void> {
    const world = this.#world;
    for (const name of channelNames) world.service(name).trouble = 'works';
    world.start.isChainKnown = true;
    if (world.start.missing) await this.#restart(undefined);
    for (const minutes of [1, 2, 3, 6, 31, 31, 31, 31, 31, 1]) await this.round(minutes * minute);
    await world.clock.advance(2 * minute);
    this.#oracle.settle();
  }

  async #restart(missing: ChannelName | undefined): Promise<void> {
    this.#world.start.missing = missing;
    if (missing) this.missed.add(missing);
    await this.#world.restart();
  }

  #decide(number: number, kind: 'ack' | 'mute', forMs?: number): void {
    const entity = targets[number] as string;
    const keys = this.#world.decide(entity, kind, forMs);
    if (keys.length === 0) return;
    // A decision about a key replaces the previous one.
    for (const known of this.#oracle.known.values()) known.acknowledgements.delete(entity);
    if (kind !== 'ack' || forMs !== undefined) return;
    for (const finding of findings) {
      const known = this.#oracle.of(finding);
      const isAbout = keys.some(key => entityOf(key) === finding.entity);
      if (isAbout && known.severity !== undefined)
        known.acknowledgements.set(entity, {
          severity: known.severity,
          worst: known.worst ?? known.severity,
          isUncertain: known.isEnding,
        });
    }
  }

  #acknowledgeAtPager(): void {
    for (const [key, state] of this.#world.pager.open) {
      if (state === 'acknowledged') continue;
      this.#world.pager.open.set(key, 'acknowledged');
    }
    for (const told of entities) this.atPager.set(told, this.#worst(told));
  }

  /** Returns the worst severity that the findings of an alert had. */
  #worst(told: string): Severity | undefined {
    const all = findings
      .filter(each => each.told === told)
      .flatMap(each => this.#oracle.of(each).worst ?? []);
    return all.sort((a, b) => rank(b) - rank(a))[0];
  }

  #damage(how: (Step & { do: 'damage' })['how']): void {
    const world = this.#world;
    if (!existsSync(world.file)) return;
    const now = readFileSync(world.file);
    if (how === 'cut') world.cut(0.5);
    if (how === 'empty') world.cut(1);
    if (how === 'delete') world.delete();
    if (how === 'replace') world.replace(now);
    if (how === 'restore') world.replace(this.#earlierFile);
    this.#earlierFile = now;
  }
}
