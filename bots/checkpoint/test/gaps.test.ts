import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { roles, until } from '@service-bots/devnet';
import { day, hour, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

const hourly = (name: string) => ({ name, positionDuration: 7 * day, checkpointDuration: hour });

let scene: Scene;
/** The checkpoint in which the positions of each pool matured. */
const matured = new Map<string, number>();
/** The result of each mint if it were sent at once, with enough gas. */
const atOnce = new Map<string, { price: bigint; gas: bigint }>();
/** The only checkpoint minted since, in one of the pools. */
let minted: number;

beforeAll(async () => {
  scene = await openScene([hourly('Never minted'), hourly('Minted since'), hourly('Too dear')]);
  for (const pool of scene.devnet.pools) matured.set(pool.name, await openPositions(pool));
  const first = matured.get('Minted since') as number;
  await moveInto(scene.anvil, first + 1_500 * hour, 60);
  const pool = scene.devnet.pool('Minted since');
  minted = await pool.latestCheckpointTime();
  await pool.checkpoint(minted);
  await moveInto(scene.anvil, first + 2_001 * hour, 60);
  for (const { name } of scene.devnet.pools) atOnce.set(name, await withoutLimit(name));
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

/** Mints without the limit, and reverts it. */
async function withoutLimit(name: string) {
  const { anvil, devnet } = scene;
  const pool = devnet.pool(name);
  const snapshot = await anvil.send('evm_snapshot');
  await pool.checkpoint(matured.get(name) as number);
  const [mint] = await mintsOf(pool, matured.get(name));
  const receipt = await anvil.provider.getBlock(mint?.block ?? 0);
  await anvil.send('evm_revert', [snapshot]);
  return { price: mint?.price ?? 0n, gas: receipt?.gasUsed ?? 0n };
}

describe('two thousand unminted checkpoints in a row', () => {
  // The first test runs while nothing is minted.
  it('a limit that allows no mint at all is no policy violation: the alert says what it needs and what to set', async () => {
    const bot = scene.startBot({ MAX_GAS: '150000' });
    const line = await bot.waitForLine(({ check }) => check === 'pool-failing');
    expect(line.message).toMatch(
      /needs \d\.\d+ M gas, MAX_GAS is 0\.15 M: it is not sent\. Set MAX_GAS to \d+ or more/,
    );
    await bot.waitForLine(({ message }) => message === 'round completed');
    expect(bot.lines.filter(({ check }) => check === 'policy-violation')).toEqual([]);
    expect(await mintsOf(scene.devnet.pool('Too dear'), matured.get('Too dear'))).toEqual([]);
  });

  it.each(['Never minted', 'Minted since'])(
    'of a pool %s: the one that matters is minted within MAX_GAS, at no worse a price',
    async name => {
      const alone = atOnce.get(name) ?? { price: 0n, gas: 0n };
      expect(alone.gas).toBeGreaterThan(3_000_000n);
      const pool = scene.devnet.pool(name);
      const bot = scene.startBot({ MAX_GAS: '3000000' });
      const checkpoint = matured.get(name) as number;
      const mint = await until('it is minted', async () => (await mintsOf(pool, checkpoint))[0]);
      expect(mint.by).toBe(roles.bot.address);
      expect(alone.price).toBeGreaterThan(0n);
      // The vault earns, so a price that was recorded earlier is lower.
      if (name === 'Minted since') {
        expect(mint.price).toBe(await pool.checkpointPrice(minted));
        expect(mint.price).toBe(alone.price);
      }
      const bridges = (await mintsOf(pool)).filter(
        ({ by, checkpoint: each }) => by === roles.bot.address && each !== checkpoint,
      );
      expect(bridges.length).toBeGreaterThan(0);
      expect(bridges.length).toBeLessThanOrEqual(3);
      // A checkpoint that had to be minted for another gets the same price as that one would have got.
      expect(new Set([...bridges, mint].map(({ price }) => price)).size).toBe(1);
      expect(
        bot.lines.filter(({ check }) => check === 'policy-violation' || check === 'pool-failing'),
      ).toEqual([]);
    },
  );
});
