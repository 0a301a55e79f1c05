import {
  type Anvil,
  assetId,
  type DevnetPool,
  daySeconds,
  deployHyperdrive,
  devAccounts,
  hourSeconds,
  interfaces,
  multicall3Address,
  type PoolOptions,
  transact,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { Interface, MaxUint256, parseUnits, toQuantity } from 'ethers';
import {
  type CheckpointState,
  checkpointsFor,
  latestCheckpoint,
  type PoolState,
  type TradeConfig,
} from '../../src/hyperdrive/trades/PoolState.ts';

/** Pools whose fees, decimals, durations and first prices differ at least as much as those of live chains. */
export const tradedPools: readonly PoolOptions[] = [
  weeklyPool('Week'),
  {
    name: 'Two days',
    decimals: 6,
    positionDuration: 2 * daySeconds,
    checkpointDuration: 12 * hourSeconds,
    fees: fees('5', '0.2', '50', '50'),
    fixedRate: parseUnits('0.12', 18),
    targetRate: parseUnits('0.1', 18),
  },
  {
    name: 'Half a year',
    positionDuration: 182 * daySeconds,
    checkpointDuration: daySeconds,
    initialVaultSharePrice: parseUnits('1.3', 18),
    fixedRate: parseUnits('0.02', 18),
  },
  {
    name: 'Month',
    decimals: 6,
    positionDuration: 30 * daySeconds,
    checkpointDuration: daySeconds,
    initialVaultSharePrice: parseUnits('0.9', 18),
  },
  {
    name: 'Month of a vault without interest',
    positionDuration: 30 * daySeconds,
    checkpointDuration: daySeconds,
    variableRate: 0n,
  },
  {
    name: 'Year without fees',
    positionDuration: 365 * daySeconds,
    checkpointDuration: daySeconds,
    fees: fees('0', '0', '0', '0'),
    fixedRate: parseUnits('0.1', 18),
    targetRate: parseUnits('0.1', 18),
  },
];

function fees(curve: string, flat: string, governanceLP: string, governanceZombie: string) {
  const percent = (value: string) => parseUnits(value, 16);
  return {
    curve: percent(curve),
    flat: percent(flat),
    governanceLP: percent(governanceLP),
    governanceZombie: percent(governanceZombie),
  };
}

/** The positions and tokens of one account in a pool. */
export interface Holdings {
  longs: Map<number, bigint>;
  shorts: Map<number, bigint>;
  lpShares: bigint;
  withdrawalShares: bigint;
}

/** A real pool and our own record of its state, kept without reading the pool again. */
export interface TradedPool {
  pool: DevnetPool;
  config: TradeConfig;
  state: PoolState;
  holdings: Holdings;
}

export interface Call {
  target: string;
  data: string;
}

/** The trader is a contract, so that one call can make several trades: Multicall3's code at an address of its own. */
export const trader = devAccounts[7]?.address as string;
const multicall = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[])',
]);
const plentyGas = toQuantity(3_000_000_000n);
const unminted: CheckpointState = {
  vaultSharePrice: 0n,
  weightedSpotPrice: 0n,
  lastWeightedSpotPriceUpdateTime: 0,
  longs: 0n,
  shorts: 0n,
};

/** Deploys real pools on a chain, with one trader who may make any trade. */
export async function openTradeWorld(anvil: Anvil): Promise<TradedPool[]> {
  const devnet = await deployHyperdrive(anvil, { pools: tradedPools, paused: [] });
  await anvil.send('anvil_setCode', [trader, await anvil.provider.getCode(multicall3Address)]);
  await anvil.send('evm_setBlockGasLimit', [plentyGas]);
  const world: TradedPool[] = [];
  for (const pool of devnet.pools) {
    await equip(anvil, pool, devnet.deployer.address);
    world.push(await firstReading(pool));
  }
  return world;
}

/** Gives the trader unlimited base and vault shares, and nearly all of the liquidity. */
async function equip(anvil: Anvil, pool: DevnetPool, deployer: string): Promise<void> {
  const asset = await pool.asset.getAddress();
  const vault = await pool.vault.getAddress();
  const plenty = pool.spec.liquidity * 10_000n;
  const encode = (abi: Interface, method: string, args: unknown[]) => abi.encodeFunctionData(method, args);
  await send(anvil, [
    { target: asset, data: encode(interfaces.token, 'mint(address,uint256)', [trader, plenty]) },
    { target: asset, data: encode(interfaces.token, 'approve', [vault, MaxUint256]) },
    { target: vault, data: encode(interfaces.vault, 'deposit', [plenty / 2n, trader]) },
    { target: asset, data: encode(interfaces.token, 'approve', [pool.address, MaxUint256]) },
    { target: vault, data: encode(interfaces.vault, 'approve', [pool.address, MaxUint256]) },
  ]);
  const lpShares = await pool.balanceOf('lp', deployer);
  const target = { address: pool.address, abi: interfaces.hyperdrive };
  await transact(anvil, deployer, target, 'transferFrom', [assetId('lp'), deployer, trader, lpShares]);
}

async function firstReading(pool: DevnetPool): Promise<TradedPool> {
  const read = async (method: string, ...args: unknown[]) =>
    pool.contract.getFunction(method).staticCall(...args);
  const rawConfig = (await read('getPoolConfig')).toObject(true);
  const { positionDuration, checkpointDuration } = pool;
  const config: TradeConfig = { ...rawConfig, positionDuration, checkpointDuration };
  const market = (await read('getMarketState')).toObject();
  const withdrawPool = await read('getWithdrawPool');
  const checkpoints = new Map<number, CheckpointState>();
  const latest = await pool.latestCheckpointTime();
  for (const time of [latest - checkpointDuration, latest]) {
    const { lastWeightedSpotPriceUpdateTime, ...rest } = (await read('getCheckpoint', time)).toObject();
    const updated = Number(lastWeightedSpotPriceUpdateTime);
    checkpoints.set(time, { ...unminted, ...rest, lastWeightedSpotPriceUpdateTime: updated });
  }
  const state: PoolState = {
    ...market,
    lpSupply: await read('totalSupply', assetId('lp')),
    withdrawalShareSupply: await read('totalSupply', assetId('withdrawalShare')),
    readyToWithdraw: withdrawPool.readyToWithdraw,
    withdrawalProceeds: withdrawPool.proceeds,
    governanceFees: await read('getUncollectedGovernanceFees'),
    checkpoints,
  };
  const lpShares = await pool.balanceOf('lp', trader);
  return {
    pool,
    config,
    state,
    holdings: { longs: new Map(), shorts: new Map(), lpShares, withdrawalShares: 0n },
  };
}

/** Returns our record of a pool's state, in which checkpoints that never happened are unminted and empty. */
export function stateAt(
  { config, state, holdings }: TradedPool,
  chainTime: number,
  also: number[],
): PoolState {
  const { checkpointDuration, positionDuration } = config;
  const checkpoints = new Map(state.checkpoints);
  const add = (time: number) => checkpoints.get(time) ?? checkpoints.set(time, unminted);
  const maturities = [...holdings.longs.keys(), ...holdings.shorts.keys(), ...also];
  for (const time of checkpointsFor(config, chainTime, maturities)) add(time);
  const latest = latestCheckpoint({ checkpointDuration }, chainTime);
  for (const maturity of [...maturities, latest - positionDuration]) {
    if (checkpoints.get(maturity)?.vaultSharePrice) continue;
    for (let time = maturity; time < latest; time += checkpointDuration) add(time);
  }
  return { ...state, checkpoints };
}

/**
 * Returns the result of each call at a time, one after the other in one transaction; undefined data means a
 * revert.
 */
export async function simulate(
  anvil: Anvil,
  calls: readonly Call[],
  chainTime: number,
): Promise<{ success: boolean; data: string }[]> {
  const params = [
    { to: trader, data: encodeCalls(calls), gas: plentyGas },
    'latest',
    {},
    { time: toQuantity(chainTime) },
  ];
  return decodeResults((await anvil.send('eth_call', params)) as string);
}

/** Makes the calls in a block of their own. */
export async function send(anvil: Anvil, calls: readonly Call[], chainTime?: number): Promise<void> {
  if (chainTime !== undefined) await anvil.send('evm_setNextBlockTimestamp', [toQuantity(chainTime)]);
  const transaction = { from: devAccounts[6]?.address, to: trader, data: encodeCalls(calls), gas: plentyGas };
  const hash = await anvil.send('eth_sendTransaction', [transaction]);
  const receipt = await until('the trades are mined', () =>
    anvil.provider.getTransactionReceipt(hash as string),
  );
  if (receipt.status !== 1) throw new Error('the trades reverted as a whole');
}

function encodeCalls(calls: readonly Call[]): string {
  return multicall.encodeFunctionData('aggregate3', [calls.map(({ target, data }) => [target, true, data])]);
}

/** Decodes the words of the answer by hand: ethers takes longer for it than the chain for the trades. */
function decodeResults(answer: string): { success: boolean; data: string }[] {
  const hex = answer.slice(2);
  const word = (at: number) => Number.parseInt(hex.slice(at * 2, at * 2 + 64), 16);
  const start = word(0);
  const count = word(start);
  return Array.from({ length: count }, (_, i) => {
    const entry = start + 32 + word(start + 32 + i * 32);
    const bytes = entry + word(entry + 32);
    const length = word(bytes);
    return { success: word(entry) === 1, data: hex.slice((bytes + 32) * 2, (bytes + 32 + length) * 2) };
  });
}
