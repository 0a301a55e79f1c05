import { setTimeout as delay } from 'node:timers/promises';
import { type DevnetPool, devAccounts, interfaces, roles, transact } from '@service-bots/devnet';
import { keccak256, toBeHex, toUtf8Bytes } from 'ethers';
import type { World } from '../world/World.ts';
import { type FaultSpec, nothingToEnd, type Parameters } from './spec.ts';

const poolNames = ['Minutes A', 'Minutes B', 'Minutes C', '30 Day DAI'] as const;
const shortNames = poolNames.slice(0, 3);
const thief = devAccounts[6].address;

function poolOf(world: World, name: unknown): DevnetPool {
  return world.hyperdrive.devnet.pool(`${name}`);
}

const targetOf = ({ pool }: Parameters, world: World) => ({
  chain: 'ethereum',
  pool: poolOf(world, pool).address,
});

/** Repeats an act of an operator until the chain takes it: a reorg or a full block may undo it. */
async function repeatUntilMined(act: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (tries === 5) throw error;
      await delay(5_000);
    }
  }
}

const paused: FaultSpec = {
  name: 'pool paused',
  weight: 2,
  lasts: [60, 420],
  group: 'pool',
  draw: draw => ({ pool: draw.pick(poolNames) }),
  describe: (parameters, world) => ({
    kind: 'pool-paused',
    target: targetOf(parameters, world),
    makesImpossible: [],
  }),
  async begin({ pool }, world) {
    const target = poolOf(world, pool);
    await repeatUntilMined(() => target.pause());
    return () => repeatUntilMined(async () => (await target.isPaused()) && target.unpause());
  },
};

const prizePaused: FaultSpec = {
  name: 'prize pool paused',
  weight: 1,
  lasts: [60, 300],
  group: 'pool',
  draw: draw => ({ vault: draw.whole(0, 3) }),
  describe: ({ vault }, world) => {
    const { pool } = vaultOf(world, vault);
    return {
      kind: 'pool-paused',
      target: { chain: 'monad', pool: pool.address },
      makesImpossible: [{ act: 'call', pool: pool.address }],
    };
  },
  async begin({ vault }, world) {
    const { pool } = vaultOf(world, vault);
    await repeatUntilMined(() => pool.pause());
    return () => repeatUntilMined(async () => (await pool.isPaused()) && pool.unpause());
  },
};

function vaultOf(world: World, index: unknown) {
  const { vaults } = world.prizes;
  return vaults[Number(index) % vaults.length] as (typeof vaults)[number];
}

/** Takes vault shares out of the pool, as a defect of its code would allow, and returns them at the end. */
const drained: FaultSpec = {
  name: 'pool drained',
  weight: 2,
  lasts: [120, 420],
  group: 'pool',
  draw: draw => ({ pool: draw.pick(poolNames), percent: draw.pick([1, 20, 60]) }),
  describe: (parameters, world) => ({
    kind: 'pool-drained',
    target: targetOf(parameters, world),
    makesImpossible: [],
  }),
  async begin({ pool, percent }, world) {
    const target = poolOf(world, pool);
    const { anvil } = world.ethereum;
    const vault = { address: await target.vault.getAddress(), abi: interfaces.vault };
    const held: bigint = await target.vault.getFunction('balanceOf').staticCall(target.address);
    const taken = (held * BigInt(Number(percent))) / 100n;
    await repeatUntilMined(() => transact(anvil, target.address, vault, 'transfer', [thief, taken]));
    return async () => {
      await repeatUntilMined(() => transact(anvil, thief, vault, 'transfer', [target.address, taken]));
      // The pool got native currency to pay for the theft, which the invariant bot reports rightly.
      await anvil.setBalance(target.address, 0n);
    };
  },
};

/** The yield source loses money for good. */
const vaultLoss: FaultSpec = {
  name: 'vault loss',
  weight: 1,
  group: 'pool',
  draw: draw => ({ pool: draw.pick(shortNames), percent: draw.pick([2, 20]) }),
  describe: (parameters, world) => ({
    kind: 'vault-loss',
    target: targetOf(parameters, world),
    makesImpossible: [],
  }),
  async begin({ pool, percent }, world) {
    await repeatUntilMined(() => poolOf(world, pool).loseVaultAssets(Number(percent)));
    return nothingToEnd;
  },
};

const unregistered: FaultSpec = {
  name: 'registry entry gone',
  weight: 1.5,
  lasts: [120, 420],
  group: 'registry',
  draw: draw => ({ pool: draw.pick(poolNames) }),
  describe: (parameters, world) => ({
    kind: 'registry-removal',
    target: targetOf(parameters, world),
    makesImpossible: [],
  }),
  async begin({ pool }, world) {
    const { address } = poolOf(world, pool);
    const { devnet } = world.hyperdrive;
    await repeatUntilMined(() => devnet.unregisterPool(address));
    return () => repeatUntilMined(() => devnet.registerPools([address]));
  },
};

/** Entries without a contract come into the registry, by the dozen: every bot has something to say about each. */
const storm: FaultSpec = {
  name: 'alert storm',
  weight: 1,
  lasts: [120, 300],
  group: 'registry',
  draw: draw => ({ entries: draw.whole(20, 40) }),
  describe: () => ({ kind: 'alert-storm', target: { chain: 'ethereum' }, makesImpossible: [] }),
  async begin({ entries }, world) {
    const addresses = Array.from({ length: Number(entries) }, (_, i) =>
      keccak256(toUtf8Bytes(`no pool ${i}`)).slice(0, 42),
    );
    const { registry, registerPools } = world.hyperdrive.devnet;
    await repeatUntilMined(() => registerPools(addresses));
    const target = { address: registry, abi: interfaces.registry };
    const none = addresses.map(() => 0n);
    const factories = addresses.map(() => toBeHex(0, 20));
    return () =>
      repeatUntilMined(() =>
        transact(world.ethereum.anvil, roles.deployer.address, target, 'setInstanceInfo', [
          addresses,
          none,
          factories,
        ]),
      );
  },
};

/** Another minter and another keeper act on everything as soon as it can be done. */
const competitor: FaultSpec = {
  name: 'competitor',
  weight: 3,
  lasts: [120, 420],
  group: 'competitor',
  draw: draw => ({ afterSeconds: draw.pick([0, 140, 155, 300]), alsoKeeper: draw.chance(0.7) }),
  describe: () => ({ kind: 'competitor', target: {}, makesImpossible: [] }),
  async begin({ afterSeconds, alsoKeeper }, world) {
    const over = new AbortController();
    const pause = (ms: number) => delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
    const minting = world.hyperdrive.short.map(async pool => {
      while (!over.signal.aborted) {
        const time = await pool.latestCheckpointTime();
        const isDue = world.ethereum.miner.head.timestamp >= time + Number(afterSeconds);
        if (isDue && (await pool.checkpointPrice(time)) === 0n)
          await pool.checkpoint(time).catch(() => undefined);
        await pause(6_000);
      }
    });
    const keeping = world.prizes.vaults.map(async ({ pool }) => {
      while (!over.signal.aborted && alsoKeeper) {
        const { rid, action } = await pool.nextExecutable();
        if (action === 'Commit') await pool.commit(rid).catch(() => undefined);
        else if (action !== 'None') await pool.settle(rid).catch(() => undefined);
        await pause(1_000);
      }
    });
    return async () => {
      over.abort();
      await Promise.all([...minting, ...keeping]);
    };
  },
};

export const poolFaults: readonly FaultSpec[] = [
  paused,
  prizePaused,
  drained,
  vaultLoss,
  unregistered,
  storm,
  competitor,
];
