import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  drawWindowBlocks,
  type Fault,
  faults,
  type RpcProxy,
  startProxy,
  until,
} from '@service-bots/devnet';
import type { Wallet } from 'ethers';
import {
  anchorAhead,
  dueAt,
  envOf,
  eventsOf,
  minute,
  openScene,
  type Scene,
  transactionsOf,
} from './scene.ts';
import { over, watching } from './watch.ts';

/** The first endpoint's fault from shortly before the anchor until the end of the round. */
const duringBoth: Record<string, Fault> = {
  'never answers': faults.hang,
  'answers HTTP 500': faults.http500,
  'limits our requests': faults.rateLimit,
  'takes transactions and loses its replies': faults.lostReplies(),
  'takes transactions and keeps them to itself': faults.swallowsTransactions,
  'stays behind': faults.frozen,
};
/** The first endpoint's fault from the commit on. */
const duringSettle: Record<string, Fault> = {
  'breaks connections once the round is committed': faults.reset,
  'answers every other request once the round is committed': faults.flappingByCount(1, 1, faults.http500),
};

interface Running {
  pool: DevnetPrizePool;
  keeper: BotProcess;
  wallet: Wallet;
  proxies: [RpcProxy, RpcProxy];
}

let scene: Scene;
let anchor: number;
const running = new Map<string, Running>();

beforeAll(async () => {
  scene = await openScene([]);
  anchor = await anchorAhead(scene);
  const names = Object.keys({ ...duringBoth, ...duringSettle });
  const pools = await scene.prizePools.addPools(names.map(() => dueAt(anchor - 5 * minute)));
  for (const [i, name] of names.entries()) {
    const pool = pools[i] as DevnetPrizePool;
    await pool.buyTickets();
    const wallet = await scene.wallet();
    const proxies: Running['proxies'] = [await startProxy(scene.anvil), await startProxy(scene.anvil)];
    const keeper = await scene.startKeeper({
      RPC_URL: proxies[0].rpcUrl,
      RPC_URL_FALLBACK: proxies[1].rpcUrl,
      ...envOf([{ pool, anchor }]),
      PRIVATE_KEY: wallet.privateKey,
    });
    running.set(name, { pool, keeper, wallet, proxies });
  }
  await Promise.all([...running.values()].map(({ keeper }) => watching(keeper)));
  for (const [name, fault] of Object.entries(duringBoth)) await running.get(name)?.proxies[0].setFault(fault);
  await scene.moveTo(anchor - 4);
});
afterAll(async () => {
  await scene.close();
  await Promise.all([...running.values()].flatMap(({ proxies }) => proxies.map(proxy => proxy.close())));
});

describe('an endpoint beside a healthy one', () => {
  it('fails once the rounds are committed', async () => {
    await Promise.all(
      Object.entries(duringSettle).map(async ([name, fault]) => {
        const { pool, proxies } = running.get(name) as Running;
        await until('committed', async () => (await pool.currentRoundId()) === 2);
        await proxies[0].setFault(fault);
      }),
    );
  });

  it.each(Object.keys({ ...duringBoth, ...duringSettle }))(
    'that %s: the round is committed at its anchor and its draw made in time, each by one transaction',
    async name => {
      const { pool, wallet, keeper } = running.get(name) as Running;
      expect(await over(pool, 1)).toBe('Settled');
      const [committed] = await eventsOf(scene.anvil, pool, 'RoundCommitted');
      expect(committed?.timestamp).toBeGreaterThanOrEqual(anchor);
      // The delay is the time until an endpoint is given up; a commit with this delay heals by itself.
      expect((committed?.timestamp ?? 0) - anchor).toBeLessThan(5 * minute);
      const [settled] = await eventsOf(scene.anvil, pool, 'RoundSettled');
      const passed = (settled?.block ?? 0) - Number(committed?.args.targetBlockNumber);
      expect(passed).toBeLessThan(drawWindowBlocks / 2);
      expect(await transactionsOf(scene.anvil, wallet.address)).toHaveLength(2);
      expect(keeper.lines.filter(({ level }) => level === 'error' || level === 'critical')).toEqual([]);
    },
  );
});
