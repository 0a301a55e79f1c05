import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IMulticall3 } from '@delvtech/hyperdrive-artifacts/IMulticall3';
import { MockHyperdriveMath } from '@delvtech/hyperdrive-artifacts/MockHyperdriveMath';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Contract, ContractFactory, Interface, parseUnits, ZeroAddress } from 'ethers';
import { interfaces } from '../src/hyperdrive/artifacts.ts';
import {
  type Anvil,
  type Devnet,
  daySeconds,
  deployHyperdrive,
  roles,
  startAnvil,
  timeStretch,
  transact,
  until,
  weeklyPool,
} from '../src/index.ts';

let anvil: Anvil;
let devnet: Devnet;
let registry: Contract;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployHyperdrive(anvil);
  registry = new Contract(devnet.registry, interfaces.registry, anvil.provider);
});
afterAll(async () => {
  await devnet.close();
  await anvil.stop();
});

async function registered(): Promise<string[]> {
  const count: bigint = await registry.getFunction('getNumberOfInstances').staticCall();
  if (count === 0n) return [];
  return [...(await registry.getFunction('getInstancesInRange').staticCall(0, count))];
}

describe('deployHyperdrive', () => {
  it('default: four pools as specified, in the registry', async () => {
    expect(devnet.pools.map(pool => [pool.decimals, pool.positionDuration, pool.checkpointDuration])).toEqual(
      [
        [18, 7 * daySeconds, daySeconds],
        [18, 182 * daySeconds, daySeconds],
        [6, 30 * daySeconds, 3_600],
        [18, 7 * daySeconds, daySeconds],
      ],
    );
    expect(await registered()).toEqual(devnet.pools.map(pool => pool.address));
    expect(await registry.getFunction('getInstanceInfo').staticCall(devnet.pools[0]?.address)).toEqual([
      1n,
      ZeroAddress,
    ]);
    for (const pool of devnet.pools) {
      const config = await pool.contract.getFunction('getPoolConfig').staticCall();
      const info = await pool.contract.getFunction('getPoolInfo').staticCall();
      const state = await pool.contract.getFunction('getMarketState').staticCall();
      expect(await pool.contract.getFunction('name()').staticCall()).toBe(pool.name);
      expect(await pool.contract.getFunction('version').staticCall()).toBe('v1.0.20');
      expect(await pool.contract.getFunction('decimals').staticCall()).toBe(BigInt(pool.decimals));
      expect(await pool.contract.getFunction('adminController').staticCall()).toBe(devnet.adminController);
      expect(config.positionDuration).toBe(BigInt(pool.positionDuration));
      expect(config.checkpointDuration).toBe(BigInt(pool.checkpointDuration));
      expect(config.baseToken).toBe(await pool.asset.getAddress());
      expect(config.vaultSharesToken).toBe(await pool.vault.getAddress());
      expect(config.initialVaultSharePrice).toBe(parseUnits('1'));
      expect(config.minimumShareReserves).toBe(parseUnits('10', pool.decimals));
      expect(config.minimumTransactionAmount).toBe(parseUnits('0.1', pool.decimals));
      expect(info.shareReserves).toBe(parseUnits('1000000', pool.decimals));
      expect(state.isInitialized).toBe(true);
      expect(state.isPaused).toBe(pool.name === 'Devnet 7 Day Paused');
      expect(await pool.vault.getFunction('getRate').staticCall()).toBe(parseUnits('0.04'));
    }
  });

  it('behavior: leaves the miner, the gas limit and the base fee as they were', async () => {
    const slow = await startAnvil({ noMining: true, baseFeeWei: 5_000_000_000n });
    const { pools } = await deployHyperdrive(slow, { paused: [] });
    expect(pools).toHaveLength(4);
    expect(await slow.time.automine()).toBe(false);
    const { number } = await slow.time.mine();
    const block = await slow.provider.getBlock(number);
    expect(block?.gasLimit).toBe(30_000_000n);
    expect(block?.baseFeePerGas).toBe(5_000_000_000n);
    await slow.stop();
    expect(await anvil.time.automine()).toBe(true);
  });

  it('behavior: works while blocks come by themselves', async () => {
    const ticking = await startAnvil({ blockTime: 0.2 });
    const { pool } = await deployHyperdrive(ticking);
    const { bonds } = await pool('Devnet 7 Day DAI').openLong(parseUnits('10'));
    expect(bonds).toBeGreaterThan(parseUnits('10'));
    const { number } = await ticking.time.latest();
    await until('another one comes', async () => (await ticking.time.latest()).number > number);
    await ticking.stop();
  });

  it('behavior: on a fork, next to what is there, whose Multicall3 is kept', async () => {
    const fork = await startAnvil({ forkUrl: anvil.rpcUrl });
    await fork.send('anvil_setCode', [devnet.multicall3, '0x00']);
    const second = await deployHyperdrive(fork, { pools: devnet.pools.slice(0, 1).map(pool => pool.spec) });
    expect(second.registry).not.toBe(devnet.registry);
    expect(await fork.provider.getCode(devnet.registry)).not.toBe('0x');
    expect(await fork.provider.getCode(devnet.multicall3)).toBe('0x00');
    expect((await second.pools[0]?.openLong(parseUnits('10')))?.bonds).toBeGreaterThan(parseUnits('10'));
    await fork.stop();
  });

  it('error: a pool to pause that there is not', async () => {
    await expect(deployHyperdrive(anvil, { pools: [], paused: ['Nonesuch'] })).rejects.toThrow(
      'no pool is called Nonesuch',
    );
  });

  it('error: names the step that reverts', async () => {
    await expect(devnet.addPool(weeklyPool('Tiny', { liquidity: 1n }))).rejects.toThrow(
      'calling initialize reverted',
    );
    expect(await anvil.time.automine()).toBe(true);
  });

  it('error: a position that is no whole number of checkpoints', async () => {
    const crooked = {
      name: 'Crooked',
      positionDuration: 10 * daySeconds,
      checkpointDuration: 7 * daySeconds,
    };
    await expect(devnet.addPool(crooked)).rejects.toThrow(RangeError);
  });
});

describe('timeStretch', () => {
  it('default: what the contract computes', async () => {
    const factory = new ContractFactory(
      MockHyperdriveMath.abi as never,
      MockHyperdriveMath.bytecode,
      devnet.deployer,
    );
    const contract = await factory.deploy();
    const calculate = contract.getFunction('calculateTimeStretch');
    for (const days of [7, 30, 182, 365]) {
      for (const rate of ['0.01', '0.05', '0.2']) {
        const expected: bigint = await calculate.staticCall(parseUnits(rate), days * daySeconds);
        const difference = timeStretch(parseUnits(rate), days * daySeconds) - expected;
        expect(difference < 1_000n && difference > -1_000n).toBe(true);
      }
    }
  });
});

describe('the registry', () => {
  it('behavior: a pool added is registered, at the vault price it was given', async () => {
    const pool = await devnet.addPool({
      name: 'Devnet 14 Day DAI at 1.25',
      positionDuration: 14 * daySeconds,
      checkpointDuration: daySeconds,
      initialVaultSharePrice: parseUnits('1.25'),
      variableRate: 0n,
    });
    expect(devnet.pool(pool.name)).toBe(pool);
    expect(await registered()).toContain(pool.address);
    expect(await pool.vaultSharePrice()).toBe(parseUnits('1.25'));
    const { proceeds } = await pool.closeLong(...(await opened(pool.openLong(parseUnits('100')))));
    expect(proceeds).toBeGreaterThan(parseUnits('99.9'));
  });

  it('behavior: a pool is taken out and put back', async () => {
    const [first] = devnet.pools;
    const address = first?.address as string;
    const before = await registered();
    await devnet.unregisterPool(address);
    expect(await registered()).toHaveLength(before.length - 1);
    expect(await registered()).not.toContain(address);
    await devnet.registerPools([address]);
    expect((await registered()).at(-1)).toBe(address);
  });

  it('behavior: a broken pool is in it, has code, and reverts whatever it is asked', async () => {
    const address = await devnet.deployBrokenPool();
    expect(await registered()).toContain(address);
    expect(await anvil.provider.getCode(address)).toBe('0x5f5ffd');
    const broken = new Contract(address, interfaces.hyperdrive, anvil.provider);
    for (const method of ['getPoolConfig', 'name()', 'kind', 'getMarketState']) {
      await expect(broken.getFunction(method).staticCall()).rejects.toMatchObject({ code: 'CALL_EXCEPTION' });
    }
    await devnet.unregisterPool(address);
  });
});

describe('artifactsServer', () => {
  it('default: the registry’s address as JSON, at any path', async () => {
    const { url } = await devnet.artifactsServer();
    for (const path of ['', '/artifacts.json']) {
      const response = await fetch(`${url}${path}`);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({ hyperdriveRegistry: devnet.registry });
    }
    expect((await devnet.artifactsServer()).url).toBe(url);
  });
});

describe('Multicall3', () => {
  const abi = new Interface(IMulticall3.abi);
  const dead = '0x000000000000000000000000000000000000dEaD';

  it('default: several calls, one of which may fail', async () => {
    const multicall = new Contract(devnet.multicall3, abi, anvil.provider);
    const [pool] = devnet.pools;
    const name = interfaces.hyperdrive.encodeFunctionData('name()');
    const bad = '0xdeadbeef';
    const calls = [
      { target: pool?.address, allowFailure: false, callData: name },
      { target: devnet.registry, allowFailure: true, callData: bad },
      // An address without code succeeds with nothing, as on a live chain.
      { target: dead, allowFailure: false, callData: name },
    ];
    const results = await multicall.getFunction('aggregate3').staticCall(calls);
    expect(interfaces.hyperdrive.decodeFunctionResult('name()', results[0].returnData)[0]).toBe(pool?.name);
    expect([...results[1]]).toEqual([false, '0x']);
    expect([...results[2]]).toEqual([true, '0x']);
    const strict = calls.map(call => ({ ...call, allowFailure: false }));
    await expect(multicall.getFunction('aggregate3').staticCall(strict)).rejects.toMatchObject({
      reason: 'Multicall3: call failed',
    });
  });

  it('behavior: the older functions and the block’s facts', async () => {
    const multicall = new Contract(devnet.multicall3, abi, devnet.deployer);
    const { number, timestamp, hash } = await anvil.time.mine();
    const call = (method: string, ...args: unknown[]) => multicall.getFunction(method).staticCall(...args);
    const plain = [{ target: devnet.multicall3, callData: abi.encodeFunctionData('getChainId') }];
    const chainId = `0x${(31_337).toString(16).padStart(64, '0')}`;

    expect([...(await call('aggregate', plain))[1]]).toEqual([chainId]);
    expect([...(await call('tryAggregate', true, plain))[0]]).toEqual([true, chainId]);
    expect((await call('tryBlockAndAggregate', false, plain))[2][0].returnData).toBe(chainId);
    expect((await call('blockAndAggregate', plain))[0]).toBe(BigInt(number));
    expect(await call('getBlockNumber', { blockTag: number })).toBe(BigInt(number));
    expect(await call('getCurrentBlockTimestamp', { blockTag: number })).toBe(BigInt(timestamp));
    expect(await call('getBlockHash', number, { blockTag: (await anvil.time.mine()).number })).toBe(hash);
    expect(await call('getChainId')).toBe(31_337n);
    expect(await call('getEthBalance', devnet.pauser)).toBe(await anvil.provider.getBalance(devnet.pauser));
    expect(await call('getBasefee', { blockTag: number })).toBe(
      (await anvil.provider.getBlock(number))?.baseFeePerGas,
    );

    const pay = [{ target: dead, allowFailure: false, value: 5n, callData: '0x' }];
    const before = await anvil.provider.getBalance(dead);
    const target = { address: devnet.multicall3, abi };
    await transact(anvil, roles.deployer.address, target, 'aggregate3Value', [pay], 5n);
    expect((await anvil.provider.getBalance(dead)) - before).toBe(5n);
    await expect(call('aggregate3Value', pay, { value: 6n })).rejects.toMatchObject({
      reason: 'Multicall3: value mismatch',
    });
  });

  it('behavior: the contract code in the repository is what the compiler makes of the sources', () => {
    const script = fileURLToPath(new URL('../scripts/compileContracts.mjs', import.meta.url));
    expect(() => execFileSync(process.execPath, [script, '--check'])).not.toThrow();
  });
});

async function opened(position: Promise<{ maturity: number; bonds: bigint }>): Promise<[number, bigint]> {
  const { maturity, bonds } = await position;
  return [maturity, bonds];
}
