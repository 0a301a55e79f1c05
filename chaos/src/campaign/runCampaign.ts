import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { seededRandom, type VirtualClock } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { events } from '../checker/index.ts';
import { specOf } from '../faults/index.ts';
import type { PlannedFault } from '../faults/spec.ts';
import type { BotKind, EvidenceFile } from '../history/index.ts';
import type { Pace } from '../world/Pace.ts';
import { openPeople, type People } from '../world/people.ts';
import type { Deployment } from '../world/runtime.ts';
import { NotHealthy } from '../world/Supervised.ts';
import { openWorld, type World } from '../world/World.ts';
import { type Plan, seedNumber } from './plan.ts';

/** A moment of a campaign, for the terminal. */
export interface Moment {
  readonly chainSeconds: number;
  readonly phase: 'starting' | 'running' | 'calming down' | 'checking';
  readonly faults: readonly string[];
  /** By bot; undefined where it does not answer. */
  readonly openAlerts: ReadonlyMap<BotKind, number | undefined>;
  /** Virtual seconds for each real one. */
  readonly pace: number;
}

export interface CampaignOptions {
  readonly plan: Plan;
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly pace: Pace;
  /** The time at which the campaign begins, in Unix seconds. The campaign waits until the clock reaches it. */
  readonly startSeconds: number;
  readonly stop: AbortSignal;
  readonly deployment: Deployment;
  onMoment(moment: Moment): void;
}

/** A campaign that was run, whose chains are still up for the checker. */
export interface Campaign {
  readonly evidence: string;
  readonly crashes: readonly string[];
  /** Faults that could not be injected or ended, with the reason. */
  readonly failedFaults: readonly string[];
  /** Faults that this machine does not allow. */
  readonly leftOut: readonly string[];
  readonly people: Pick<People, 'done' | 'refused' | 'reasons'>;
  readonly chainSeconds: number;
  readonly realSeconds: number;
  close(): Promise<void>;
}

const lookEverySeconds = 15;
const lacks = {
  disks: 'this user may not mount a disk',
  readOnlyDisks: 'no disk can become read-only for a bot that runs',
  older: 'OLDER names no older build',
} as const;
/** The time in which every bot has to be healthy and without an alert after the last fault, in ms. */
const calmMs = 600_000;
/** The time that the checker needs after the calm: two periods and the resolve time, in ms. */
const restMs = 120_000;

/** Runs the suite through all faults of a plan, and leaves the evidence in `folder`. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { plan, folder, clock, pace, startSeconds, stop, deployment, onMoment } = options;
  const realStart = clock.realMs();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 1)}\n`);
  const number = seedNumber(plan.seed);
  const world = await openWorld({
    seed: plan.seed,
    hours: plan.hours,
    folder,
    clock,
    pace,
    startSeconds,
    deployment,
    random: seededRandom(number + 1),
  });
  const over = new AbortController();
  const active = new Map<string, PlannedFault>();
  const failedFaults: string[] = [];
  const leftOut: string[] = [];
  const watching = watch(world, over.signal);
  let phase: Moment['phase'] = 'starting';
  const openAlerts = new Map<BotKind, number | undefined>();
  const tell = () =>
    onMoment({
      chainSeconds: clock.nowMs() / 1_000 - startSeconds,
      phase,
      faults: [...active.values()].map(fault => shortly(fault)),
      openAlerts,
      pace: pace.anchor.rate,
    });
  const telling = (async () => {
    while (!over.signal.aborted) {
      for (const [name, bot] of world.bots) openAlerts.set(name, (await bot.openAlerts())?.length);
      tell();
      await pause(lookEverySeconds * 1_000, over.signal);
    }
  })();
  const until = async (seconds: number) => pause((startSeconds + seconds) * 1_000 - clock.nowMs(), stop);
  try {
    await until(0);
    phase = 'running';
    const home = new AbortController();
    const people = openPeople(
      world,
      seededRandom(number + 2),
      AbortSignal.any([home.signal, over.signal, stop]),
    );
    await Promise.all([
      until(plan.hours * 3_600),
      ...plan.faults.map(async fault => {
        await until(fault.atSeconds);
        if (stop.aborted) return;
        const { needs } = specOf(fault.spec);
        if (needs !== undefined && world[needs] === undefined) {
          leftOut.push(`${fault.id} ${fault.spec}: ${lacks[needs]}`);
          return;
        }
        active.set(fault.id, fault);
        await inject(world, fault, until).catch(error => {
          // Another fault may keep the bot from being healthy. At the end it has to be.
          if (error instanceof NotHealthy && active.size > 1) return;
          failedFaults.push(`${fault.id} ${fault.spec}: ${(error as Error).message}`);
        });
        active.delete(fault.id);
      }),
    ]);
    phase = 'calming down';
    home.abort();
    await people.over;
    if (!stop.aborted) await calm(world);
    await pause(restMs, stop);
    await writeStatement(world, folder);
    over.abort();
    await Promise.all([people.over, telling, watching]);
    world.history.write({ type: 'ended' });
    const chainSeconds = clock.nowMs() / 1_000 - startSeconds;
    await world.endBots();
    await Promise.all([world.ethereum.miner.stop(), world.monad.miner.stop()]);
    world.channels.record();
    world.history.close();
    phase = 'checking';
    tell();
    return {
      evidence: writeEvidence(world, folder),
      crashes: world.crashes,
      failedFaults,
      leftOut,
      people,
      chainSeconds,
      realSeconds: (clock.realMs() - realStart) / 1_000,
      close: () => world.close(),
    };
  } catch (error) {
    over.abort();
    await world.close();
    throw error;
  }
}

function shortly({ spec, parameters }: PlannedFault): string {
  const given = Object.entries(parameters)
    .filter(([name]) => name !== 'seed')
    .map(([, value]) => value);
  return given.length === 0 ? spec : `${spec} (${given.join(', ')})`;
}

/** Injects a fault, with its beginning and its end in the history. */
async function inject(
  world: World,
  { id, spec: name, parameters, atSeconds, lastsSeconds }: PlannedFault,
  until: (seconds: number) => Promise<void>,
): Promise<void> {
  const spec = specOf(name);
  const { kind, target, makesImpossible } = spec.describe(parameters, world);
  const all = { ...parameters, spec: name };
  world.history.write({ type: 'fault-began', fault: id, kind, target, parameters: all, makesImpossible });
  try {
    const end = await spec.begin(parameters, world);
    await until(atSeconds + lastsSeconds);
    await end();
  } finally {
    world.history.write({ type: 'fault-ended', fault: id });
  }
}

/** Writes the clocks every second, and the deliveries as they come. */
async function watch(world: World, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    for (const { name, miner } of [world.ethereum, world.monad]) {
      const { number: block, timestamp } = miner.head;
      world.history.write({ type: 'clock', wallMs: Date.now(), chain: name, block, timestamp });
    }
    world.channels.record();
    for (const bot of world.bots.values()) bot.record();
    await pause(1_000, stop);
  }
}

/** Waits until every bot is healthy and has no open alert but those that end by time; what is not so by then is for the checker to find. */
async function calm(world: World): Promise<void> {
  const endMs = world.clock.nowMs() + calmMs;
  while (world.clock.nowMs() < endMs) {
    const well = await Promise.all(
      [...world.bots.values()].map(
        async bot => (await bot.isHealthy()) && (await bot.openAlerts())?.every(check => events.has(check)),
      ),
    );
    if (well.every(Boolean)) return;
    await delay(5_000);
  }
}

/** Asks lpandarb's own command for its profit, as an operator does, and writes it into the history. */
async function writeStatement(world: World, folder: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const entry = join(dirname(resolve('@service-bots/lpandarb/package.json')), 'dist', 'cli', 'main.js');
  const { stateDir } = world.bot('lpandarb').spec;
  const env = { STATE_DIR: stateDir };
  const { stdout } = await promisify(execFile)(process.execPath, [entry, 'report', '--json'], { env });
  writeFileSync(join(folder, 'outputs', 'lpandarb-report.json'), stdout);
  const [report] = JSON.parse(stdout) as [
    {
      pools: { pool: string; liquidity: string; arbitrage: string; gas: string; markedBlock?: number }[];
    },
  ];
  for (const { pool, liquidity, arbitrage, gas, markedBlock: block } of report.pools) {
    if (block === undefined) continue;
    world.history.write({
      type: 'statement',
      bot: 'lpandarb',
      pool,
      block,
      profit: `${parseUnits(liquidity, 18) + parseUnits(arbitrage, 18)}`,
      // A unit of the native currency costs one base (NATIVE_IN_BASE).
      gasWei: `${parseUnits(gas, 18)}`,
    });
  }
}

function writeEvidence(world: World, folder: string): string {
  const evidence: EvidenceFile = {
    history: 'history.jsonl',
    deliveries: 'deliveries.jsonl',
    searched: [
      { label: 'outputs of the processes', path: 'outputs' },
      ...[...world.bots.values()].map(({ bot, spec: { stateDir } }) => ({
        label: `state of ${bot}`,
        path: stateDir,
      })),
    ],
    secrets: [...world.secrets],
  };
  const path = join(folder, 'evidence.json');
  writeFileSync(path, `${JSON.stringify(evidence, null, 1)}\n`);
  return path;
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}
