import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BotProcess,
  type LoopbackServer,
  startBotProcess,
  startLoopbackServer,
  until as untilFound,
} from '@service-bots/devnet';
import type { Overview } from '../src/overview/schema.ts';
import { poolA, statusOf } from './fixtures.ts';

export const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));
export const iso = (ms: number) => new Date(ms).toISOString();
const startedAt = iso(Date.now() - 60_000);

/** Returns the answer of a working bot, at any time. */
export function works(bot: string, over: Record<string, unknown> = {}, aheadMs = 0) {
  return () => {
    const now = Date.now() + aheadMs;
    return {
      status: 200,
      body: {
        ...statusOf(bot),
        time: iso(now),
        startedAt,
        head: { number: 7, hash: '0x12', time: iso(Date.now()) },
        rounds: {
          completed: 5,
          failed: 0,
          last: { at: iso(now), durationMs: 1 },
          lateAfter: iso(now + 60_000),
        },
        pools: [{ address: poolA, name: 'Pool A' }],
        ...over,
      },
    };
  };
}

export interface Stage {
  /** The answer of each bot; a test changes it. */
  answers: Record<string, () => unknown>;
  readonly bots: LoopbackServer;
  readonly folder: string;
  start(env?: Record<string, string>): Promise<RunningWatchtower>;
  /** Kills the watchtowers. */
  killAll(): Promise<void>;
  close(): Promise<void>;
}

export interface RunningWatchtower {
  readonly bot: BotProcess;
  readonly url: string;
  overview(): Promise<Overview>;
}

/** Opens bots that answer as a test wants, and real watchtowers that watch them. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'watchtower-'));
  const started: BotProcess[] = [];
  const bots = await startLoopbackServer(
    ({ path }) => (stage.answers[path.slice(1)]?.() ?? 'refuse') as never,
  );
  const stage: Stage = {
    answers: {},
    bots,
    folder,
    async start(env = {}) {
      const bot = startBotProcess(entry, {
        WATCHTOWER_TARGETS: `checkpoint=${bots.url}/checkpoint,invariant=${bots.url}/invariant`,
        WATCHTOWER_POLL_SECONDS: '0.3',
        WATCHTOWER_PORT: '0',
        STATE_DIR: folder,
        ALERT_RESOLVE_AFTER_SECONDS: '0',
        ...env,
      });
      started.push(bot);
      const { url } = await bot.waitForLine(({ message }) => message === 'the page is served');
      await bot.waitForLine(({ message }) => message === 'watching');
      const overview = async () => (await (await fetch(`${url}/api/status`)).json()) as Overview;
      return { bot, url: String(url), overview };
    },
    async killAll() {
      await Promise.all(started.splice(0).map(each => each.stop('SIGKILL')));
    },
    async close() {
      await stage.killAll();
      await bots.close();
      rmSync(folder, { recursive: true });
    },
  };
  return stage;
}

/** Looks until the value fits, and returns it. @throws Error with the last value when none fits in a minute */
export async function until<T>(look: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  const what = () => `the last look fits: ${String(JSON.stringify(last)).slice(0, 2_000)}`;
  const { value } = await untilFound(what, async () => {
    const value = await look();
    last = value;
    return fits(value) && { value };
  });
  return value;
}
