import { z } from 'zod';
import { alertVariables } from '../../src/alerts/index.ts';
import type { Clock } from '../../src/clock/index.ts';
import { systemClock } from '../../src/clock/index.ts';
import {
  rpcVariables,
  runtimeVariables,
  signerVariables,
  transactionVariables,
} from '../../src/config/index.ts';
import { readHead } from '../../src/rpc/index.ts';
import type { Bot, BotContext, RoundReport, Target, TargetReport } from '../../src/runtime/index.ts';

export const fakeConfig = z.object({
  ...rpcVariables,
  ...signerVariables('FAKE_BOT_KEY'),
  ...transactionVariables,
  ...alertVariables,
  ...runtimeVariables,
});
type Context = BotContext<z.output<typeof fakeConfig>>;

/** The behaviour of the fake, which tests change while it runs. */
export interface Script {
  pools: string[];
  discover: () => unknown;
  /** Handles one pool: it returns, or throws an error. */
  look: (pool: string) => unknown;
  /** Runs in place of a round. */
  round?: (() => Promise<RoundReport>) | undefined;
  next: (head: number) => number | undefined;
  /** Rounds that began. */
  rounds: number;
  /** The most rounds that ran at once. */
  atOnce: number;
  context: Context | undefined;
}

export const poolA = `0x${'aa'.repeat(20)}`;
export const poolB = `0x${'bb'.repeat(20)}`;

export function script(changes: Partial<Script> = {}): Script {
  return {
    pools: [poolA, poolB],
    discover: () => undefined,
    look: () => undefined,
    next: () => undefined,
    rounds: 0,
    atOnce: 0,
    context: undefined,
    ...changes,
  };
}

/** A bot that follows the script. It has a wallet only when the functions of a wallet are given. */
export function fakeBot(play: Script, functions?: string[]): Bot<typeof fakeConfig> {
  let running = 0;
  return {
    name: 'fake',
    version: '1.2.3',
    config: fakeConfig,
    alerts: {},
    ...(functions
      ? { wallet: { keyVariable: 'FAKE_BOT_KEY', key: config => config.FAKE_BOT_KEY, functions } }
      : {}),
    cadence: () => ({
      lookEveryMs: 4_000,
      discoverEveryMs: 8_000,
      errorsUntilCritical: 3,
      chainSpeed: 1,
    }),
    async discover() {
      await play.discover();
      return {
        targets: play.pools.map((address): Target => ({ address, name: `pool ${address.slice(2, 4)}` })),
        observations: [],
      };
    },
    async round(ctx, targets) {
      play.context = ctx;
      play.rounds += 1;
      running += 1;
      play.atOnce = Math.max(play.atOnce, running);
      try {
        if (play.round) return await play.round();
        const block = await readHead(ctx.provider);
        const chainTime = play.next(block.timestamp);
        const reports = targets.map(async ({ address }): Promise<TargetReport> => {
          const next = chainTime === undefined ? undefined : { what: 'work', chainTime };
          try {
            await play.look(address);
            return { address, actions: [], next };
          } catch (error) {
            return { address, actions: [], next, error };
          }
        });
        return { block, targets: await Promise.all(reports), observations: [] };
      } finally {
        running -= 1;
      }
    },
  };
}

/** A clock that runs twenty times as fast. */
export function hastyClock(): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * 20,
    monotonicMs: () => performance.now() * 20,
    sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
  };
}
