import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import {
  type Anvil,
  type Devnet,
  type DevnetPool,
  daySeconds,
  deployHyperdrive,
  type PoolOptions,
  startAnvil,
  weeklyPool,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { editMarketState } from './storage.ts';
import { type Finding, Watch } from './watch.ts';

export const dai = (amount: string) => parseUnits(amount, 18);

const yearPool: PoolOptions = {
  name: 'Year',
  positionDuration: 365 * daySeconds,
  checkpointDuration: daySeconds,
  fixedRate: parseUnits('10', 16),
  targetRate: parseUnits('10', 16),
};

/**
 * A pool of long and one of short positions on a chain that each test has for itself, and the findings of the
 * checks on it.
 */
export interface YearAndWeek {
  readonly anvil: Anvil;
  readonly devnet: Devnet;
  readonly year: DevnetPool;
  readonly week: DevnetPool;
  readonly watch: Watch;
  /** Begins again at the head, as a process without any earlier block. */
  beginAnew(node?: Pick<Anvil, 'rpcUrl'>): Promise<void>;
  /** Returns findings since the last call that need a person; `known` ones are true in the scene. */
  alarms(...known: string[]): Promise<Finding[]>;
  expectQuiet(...known: string[]): Promise<void>;
  /** Simulates a defect that lets an attacker take shares of the pool's reserves, in a separate block. */
  drain(pool: DevnetPool, amount: bigint): Promise<void>;
}

/** Opens the scene for the tests of a file. */
export function yearAndWeek(): YearAndWeek {
  let anvil: Anvil;
  let devnet: Devnet;
  let watch: Watch;
  let snapshot: unknown;
  beforeAll(async () => {
    // 21 November 2026, noon: no checkpoint begins by itself while a test runs.
    anvil = await startAnvil({ timestamp: 1_795_262_400 });
    devnet = await deployHyperdrive(anvil, { pools: [yearPool, weeklyPool('Week')], paused: [] });
  });
  beforeEach(async () => {
    snapshot = await anvil.send('evm_snapshot');
    watch = await Watch.begin(anvil, devnet);
  });
  afterEach(async () => {
    watch.close();
    await anvil.send('evm_revert', [snapshot]);
  });
  afterAll(async () => {
    await devnet.close();
    await anvil.stop();
  });
  const alarms: YearAndWeek['alarms'] = async (...known) => {
    const found = await watch.findings();
    return found.filter(({ check, severity }) => severity !== 'info' && !known.includes(check));
  };
  return {
    get anvil() {
      return anvil;
    },
    get devnet() {
      return devnet;
    },
    get year() {
      return devnet.pool('Year');
    },
    get week() {
      return devnet.pool('Week');
    },
    get watch() {
      return watch;
    },
    async beginAnew(node: Pick<Anvil, 'rpcUrl'> = anvil) {
      watch.close();
      watch = await Watch.begin(node, devnet);
    },
    alarms,
    async expectQuiet(...known) {
      expect(shown(await alarms(...known))).toEqual([]);
    },
    async drain(pool, amount) {
      const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
      await editMarketState(anvil, pool, { shareReserves: (shareReserves as bigint) - amount });
    },
  };
}

export const shown = (found: readonly Finding[]) =>
  found.map(
    ({ block, pool, check, severity, message }) => `${block} ${pool} ${check} ${severity}: ${message}`,
  );

/** Returns the findings that page. */
export const criticalOf = (found: readonly Finding[]) =>
  new Set(found.filter(({ severity }) => severity === 'critical').map(({ check }) => check));
