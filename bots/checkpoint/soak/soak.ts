import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BotProcess,
  deployHyperdrive,
  type Exit,
  type PoolOptions,
  roles,
  startAnvil,
  startBotProcess,
  startProxy,
} from '@service-bots/devnet';
import type { MemorySample } from './memory.ts';
import { countMints, type Mints, type Transactions, transactionsOf } from './mints.ts';
import { randomFrom } from './random.ts';
import { trade } from './traders.ts';
import { badWeather } from './weather.ts';

export interface SoakOptions {
  /** The bot's main file. */
  entry: string;
  /** Minutes of the chain's time. */
  minutes: number;
  seed: number;
  say(text: string): void;
}

/** The results of a soak. */
export interface Findings {
  chainSeconds: number;
  blocks: number;
  positions: number;
  faults: Map<string, number>;
  mints: Mints;
  transactions: Transactions;
  /** How the bot ended after the stop signal. */
  exit: Exit;
  rounds: { completed: number; failed: number };
  /** Log lines about a crash. */
  crashes: string[];
  /** Alerts that were opened, by check. */
  alerts: Map<string, number>;
  /** Alerts that were still open at the end. */
  openAlerts: string[];
  /** A sample every two seconds. */
  memory: MemorySample[];
}

/** The interval of blocks in seconds; each carries twelve seconds of the chain's time. */
const blockSeconds = 1;
const chainSecondsPerBlock = 12;
/** Checkpoints of one to three minutes, and positions over a few of them: many mature in an hour. */
const pools: readonly PoolOptions[] = [
  { name: 'Soak A', positionDuration: 240, checkpointDuration: 120 },
  { name: 'Soak B', positionDuration: 360, checkpointDuration: 120 },
  { name: 'Soak C', positionDuration: 360, checkpointDuration: 180, decimals: 6 },
  { name: 'Soak D', positionDuration: 300, checkpointDuration: 60 },
  { name: 'Soak E', positionDuration: 240, checkpointDuration: 60, decimals: 6 },
  { name: 'Soak F', positionDuration: 180, checkpointDuration: 180 },
  { name: 'Soak G', positionDuration: 480, checkpointDuration: 240 },
  { name: 'Soak H', positionDuration: 600, checkpointDuration: 120 },
];
const tradeEveryMs = 2_000;
const sampleEveryMs = 2_000;
/** The time after the last fault: the longest pause of a breaker, and some rounds. */
const settleMs = 60_000;

/**
 * Runs the checkpoint bot on a sped-up chain whose two endpoints fail in turn, in every way, while users
 * trade.
 */
export async function soak({ entry, minutes, seed, say }: SoakOptions): Promise<Findings> {
  const random = randomFrom(seed);
  const anvil = await startAnvil({ blockTime: blockSeconds });
  const folder = mkdtempSync(join(tmpdir(), 'checkpoint-soak-'));
  const over = new AbortController();
  let bot: BotProcess | undefined;
  const endpoints = [await startProxy(anvil), await startProxy(anvil)] as const;
  try {
    say(`deploying ${pools.length} pools`);
    const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
    await anvil.send('anvil_setBlockTimestampInterval', [chainSecondsPerBlock]);
    bot = startBotProcess(entry, {
      RPC_URL: endpoints[0].rpcUrl,
      RPC_URL_FALLBACK: endpoints[1].rpcUrl,
      WS_RPC_URL: endpoints[0].wsUrl,
      REGISTRY_ADDRESS: devnet.registry,
      CHECKPOINT_BOT_KEY: roles.bot.privateKey,
      STATE_DIR: folder,
      BLOCK_TIME: `${blockSeconds}`,
      BLOCK_TIMESTAMP_INTERVAL: `${chainSecondsPerBlock}`,
      LOOK_SECONDS: '5',
      ALERT_RESOLVE_AFTER_SECONDS: '0',
      DISCOVERY_SECONDS: '20',
    });
    await bot.waitForLine(({ message }) => message === 'watching');
    const start = await anvil.time.latest();
    const memory: MemorySample[] = [];
    const sampling = sampleMemory(bot, memory, over.signal);
    const weather = badWeather(endpoints, random, over.signal);
    const trading = trade(devnet.pools, randomFrom(seed + 1), tradeEveryMs, over.signal);
    // A failure ends the wait, not the process.
    const failed = Promise.all([weather, trading]).then(() => undefined);
    failed.catch(() => over.abort());

    const end = start.timestamp + minutes * 60;
    say(`${minutes} minutes of chain time, seed ${seed}`);
    for (let now = start.timestamp; now < end && !over.signal.aborted; ) {
      await delay(1_000);
      now = (await anvil.time.latest()).timestamp;
    }
    const last = await anvil.time.latest();
    over.abort();
    const [faults, opened] = await Promise.all([weather, trading, sampling]);

    say('the weather is good again: waiting for what is left');
    // A checkpoint that was half a duration old by then has to be minted, and the alerts resolved.
    const due = opened.filter(
      ({ pool, maturity }) => maturity + pool.checkpointDuration / 2 <= last.timestamp,
    );
    const giveUpAt = performance.now() + settleMs;
    let status = await bot.status<BotStatus>();
    let mints = await countMints(devnet.pools, due, roles.bot.address);
    while (performance.now() < giveUpAt && (mints.missing.length > 0 || !isSettled(status))) {
      await delay(500);
      status = await bot.status<BotStatus>();
      mints = await countMints(devnet.pools, due, roles.bot.address);
    }
    const exit = await bot.stop();
    const { lines } = bot;
    await devnet.close();
    return {
      chainSeconds: last.timestamp - start.timestamp,
      blocks: last.number - start.number,
      positions: opened.length,
      faults,
      mints: await countMints(devnet.pools, due, roles.bot.address),
      transactions: await transactionsOf(anvil, roles.bot.address, start.number),
      exit,
      rounds: { completed: status.rounds.completed, failed: status.rounds.failed },
      crashes: lines.filter(({ check }) => check === 'crashed').map(({ message }) => message),
      alerts: countBy(
        lines.filter(({ message }) => message.startsWith('alert opened')).map(({ check }) => `${check}`),
      ),
      openAlerts: status.openAlerts.map(({ check, message }) => `${check}: ${message}`),
      memory,
    };
  } finally {
    over.abort();
    await bot?.stop('SIGKILL');
    await Promise.all(endpoints.map(proxy => proxy.close()));
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface BotStatus {
  rounds: { completed: number; failed: number };
  openAlerts: { check: string; message: string }[];
  inFlight: unknown[];
}

function isSettled({ openAlerts, inFlight }: BotStatus): boolean {
  return openAlerts.length === 0 && inFlight.length === 0;
}

async function sampleMemory(bot: BotProcess, samples: MemorySample[], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const { body } = await bot.get('/metrics');
    const megabytes = (name: string) => {
      const line = body.split('\n').find(text => text.startsWith(`${name}{`)) ?? '';
      return Number(line.slice(line.lastIndexOf(' '))) / 1e6;
    };
    samples.push({
      resident: megabytes('process_resident_memory_bytes'),
      heap: megabytes('nodejs_heap_size_total_bytes'),
      used: megabytes('nodejs_heap_size_used_bytes'),
    });
    await delay(sampleEveryMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
