import { fileURLToPath } from 'node:url';
import {
  type BotProcess,
  type LoopbackServer,
  startBotProcess,
  startLoopbackServer,
} from '@service-bots/devnet';

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const iso = (ms: number) => new Date(ms).toISOString();
const kinds = ['checkpoint', 'invariant', 'keeper', 'checkpoint', 'invariant'];
const startedAt = iso(Date.now() - 86_400_000);

/** Five bots with twenty pools and ten open alerts each. Their rounds advance with each answer. */
export class Bots {
  readonly names = ['checkpoint', 'invariant', 'keeper', 'checkpoint-base', 'invariant-base'];
  /** The names of bots that give no answer. */
  readonly silent = new Set<string>();
  /** The version that the bots report. */
  version = '0.1.0';
  readonly #server: LoopbackServer;

  constructor(server: LoopbackServer) {
    this.#server = server;
  }

  static async open(): Promise<Bots> {
    let bots: Bots | undefined;
    const server = await startLoopbackServer(({ path }) => bots?.answer(path.slice(1)) ?? 'refuse');
    bots = new Bots(server);
    return bots;
  }

  get targets(): string {
    return this.names.map(name => `${name}=${this.#server.url}/${name}`).join(',');
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  answer(name: string) {
    if (this.silent.has(name)) return 'refuse' as const;
    const index = this.names.indexOf(name);
    const now = Date.now();
    return {
      status: 200,
      body: {
        statusVersion: 1,
        bot: kinds[index],
        version: this.version,
        host: 'bots-1',
        time: iso(now),
        healthy: true,
        startedAt,
        chain: { id: index < 3 ? 1 : 8453, name: index < 3 ? 'mainnet' : 'base' },
        rounds: {
          completed: 500,
          failed: 0,
          last: { at: iso(now), durationMs: 240 },
          lateAfter: iso(now + 120_000),
        },
        channels: [{ name: 'pagerduty', waiting: 0, lastDelivered: startedAt }],
        endpoints: ['a', 'b'].map(host => ({
          host: `${host}.example.com`,
          state: 'ok',
          latencyMs: 40 + (Math.floor(now / 1000) % 9),
          trafficShare: 0.5,
        })),
        pools: Array.from({ length: 20 }, (_, i) => poolOf(index, i, kinds[index] === 'invariant')),
        openAlerts: Array.from({ length: 10 }, (_, i) => alertOf(name, i)),
      },
    };
  }
}

function poolOf(bot: number, i: number, hasChecks: boolean) {
  const address = `0x${(bot * 20 + i + 4_096).toString(16).padStart(40, '7')}`;
  const names = ['solvency', 'lp-share-price', 'present-value', 'total-shares', 'minimum-share-reserves'];
  const checks = names.map(name => [
    name,
    { outcome: 'holds', headroom: '812400.5 shares', headroomPart: `${10 + i}.4 %` },
  ]);
  return {
    address,
    name: `Pool ${bot}-${i} 182 days`,
    next: { what: 'checkpoint', at: iso(Date.now() + 3_600_000 * (i + 1)) },
    ...(hasChecks ? { details: { checks: Object.fromEntries(checks) } } : {}),
  };
}

function alertOf(bot: string, i: number) {
  return {
    key: `${bot}:pool-failing:1:${i}:-`,
    check: 'pool-failing',
    severity: 'error',
    title: 'a pool could not be looked after',
    message: `The read of pool ${i} failed three times in a row: the node answers with an error of its own. First look at its endpoints. `,
    since: startedAt,
    lastSent: startedAt,
    owner: 'jalextowle, jrhea, mcclurejt (everything else)',
    runbook: 'https://github.com/delvtech/service-bots/blob/main/docs/runbooks/pool-failing.md',
  };
}

export async function startWatchtower(bots: Bots, stateDir: string, pollSeconds: number) {
  const watchtower: BotProcess = startBotProcess(entry, {
    WATCHTOWER_TARGETS: bots.targets,
    WATCHTOWER_POLL_SECONDS: String(pollSeconds),
    WATCHTOWER_PORT: '0',
    WATCHTOWER_VERSION: '0.1.0',
    STATE_DIR: stateDir,
    NODE_ENV: 'production',
  });
  const { url } = await watchtower.waitForLine(({ message }) => message === 'the page is served');
  await watchtower.waitForLine(({ message }) => message === 'watching');
  return { watchtower, url: String(url) };
}
