import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, LogReader, readHead } from '@service-bots/core/rpc';
import { deployKindPool, type KindPool, poolKinds, roles, transact } from '@service-bots/devnet';
import { type Contract, MaxUint256, parseEther, parseUnits } from 'ethers';
import { inspect, readPoolsAt } from '../src/judging/inspect.ts';
import { prepared } from '../src/pools/discover.ts';
import { kinds, sharesRead } from '../src/pools/kinds.ts';
import { noOverrides } from '../src/pools/overrides.ts';
import { WatchedPool } from '../src/pools/WatchedPool.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let ctx: Parameters<typeof inspect>[0];
beforeAll(async () => {
  scene = await openScene([]);
  const provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(scene.anvil.rpcUrl) }]);
  const logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {}, child: () => logger };
  ctx = { provider, reader: await createBatchReader(provider), logs: new LogReader(provider), logger };
});
afterAll(async () => {
  ctx.provider.destroy();
  await scene.close();
});

/** Pools of these kinds run in other tests. */
const elsewhere = ['ERC4626Hyperdrive', 'StETHHyperdrive'];

/** Kinds whose `totalShares()` is an amount of base. */
const toldInBase = ['EETH', 'Aave', 'AaveL2'];

async function watch(address: string): Promise<WatchedPool> {
  const head = await readHead(ctx.provider);
  const { pools } = await readPools(ctx.reader, head, [address]);
  const [found] = pools;
  if (!found) throw new Error('the pool cannot be read');
  return new WatchedPool(
    await prepared(ctx, { block: head, pool: found, overrides: noOverrides, beginning: head.timestamp }),
  );
}

/** Returns the result of each check at the newest block. */
async function checked(watched: WatchedPool): Promise<Record<string, string>> {
  const block = await readHead(ctx.provider);
  const [inspection] = await inspect(ctx, block, {
    pools: [watched],
    snapshots: await readPoolsAt(ctx, block, { pools: [watched] }),
  });
  if (!inspection) throw new Error('nothing was inspected');
  watched.remember(inspection.view.now, inspection.verdicts);
  return Object.fromEntries(
    inspection.verdicts.map(({ check, result }) => [
      check.name,
      'reason' in result ? `${result.outcome}: ${result.reason}` : result.outcome,
    ]),
  );
}

const send = (from: string, to: Contract, method: string, args: readonly unknown[]) =>
  transact(scene.anvil, from, { address: String(to.target), abi: to.interface }, method, args);
const setRate = ({ source }: KindPool, rate: string) =>
  send(roles.deployer.address, source, 'setRate', [parseUnits(rate, 18)]);

/** Opens a long and a short, in shares where the kind takes them. */
async function trade({ contract, source, base, asBase }: KindPool): Promise<void> {
  const trader = roles.trader.address;
  const options = { destination: trader, asBase, extraData: '0x' };
  await send(trader, asBase && base ? base : source, 'approve', [contract.target, MaxUint256]);
  await send(trader, contract, 'openLong', [parseEther('20'), 0, 0, options]);
  await send(trader, contract, 'openShort', [parseEther('30'), MaxUint256, 0, options]);
}

it('every kind of the table runs for real somewhere', () => {
  const names = kinds.flatMap(kind => kind.names);
  expect([...poolKinds.map(kind => `${kind}Hyperdrive`), ...elsewhere].sort()).toEqual([...names].sort());
});

describe.each(poolKinds)('a real %s pool', kind => {
  let pool: KindPool;
  let watched: WatchedPool;
  beforeAll(async () => {
    pool = await deployKindPool(scene.devnet, kind);
    watched = await watch(pool.address);
  });

  it('every check that applies holds, over trades, time and a rising price', async () => {
    await checked(watched);
    await trade(pool);
    await scene.anvil.time.increase(4_000);
    if (pool.hasRate) await setRate(pool, '1.12');
    await scene.anvil.time.mine();
    const outcomes = await checked(watched);
    const isToken = pool.base !== undefined && kind !== 'StkWell';
    const skipped =
      kind === 'StkWell' ? 'skipped: base is what the pool earns with' : 'skipped: base is no token';
    expect(outcomes).toEqual({
      'vault-answers': 'holds',
      'pool-answers': 'holds',
      solvency: 'holds',
      'total-shares': 'holds',
      'minimum-share-reserves': 'holds',
      'present-value': 'holds',
      'lp-share-price': 'holds',
      'negative-interest': 'holds',
      'price-spike': 'holds',
      'checkpoint-exists': 'holds',
      'eth-balance': 'holds',
      'base-balance': isToken ? 'holds' : skipped,
    });
  });

  it('reads its shares by the vault’s own count, before and after v1.0.17', async () => {
    const head = await readHead(ctx.provider);
    const counted = (await pool.source.getFunction('shares').staticCall(pool.address)) as bigint;
    expect(counted).toBeGreaterThan(parseEther('1000'));
    // Pools whose vault's token is no token are newer than that version.
    const isNewer = ['StakingUSDS', 'AerodromeLp', 'Corn'].includes(kind);
    const versions = isNewer ? ['v1.0.20'] : ['v1.0.16', 'v1.0.20'];
    for (const version of versions) {
      const read = await sharesRead(ctx.reader, head, { ...watched.pool, version });
      const [shares] = read ? await ctx.reader.read(head, [read]) : [];
      expect({ version, shares }).toEqual({ version, shares: { ok: true, value: counted } });
    }
    const told = await pool.contract.getFunction('totalShares').staticCall();
    if (toldInBase.includes(kind)) expect(told).toBeGreaterThan(counted);
    else expect(told).toBe(counted);
  });

  it('shares that are gone, base that is sent to it and a price that falls are seen', async () => {
    const counted = (await pool.source.getFunction('shares').staticCall(pool.address)) as bigint;
    await send(pool.address, pool.source, 'transfer', [roles.competitor.address, counted / 1_000n]);
    // Removes the ETH that the pool was given for gas.
    await scene.anvil.setBalance(pool.address, 0n);
    if (pool.base) await send(roles.deployer.address, pool.base, 'mint(address,uint256)', [pool.address, 1n]);
    if (pool.hasRate) await setRate(pool, '0.9');
    await scene.anvil.time.mine();
    const outcomes = await checked(watched);
    expect(outcomes).toMatchObject({
      'total-shares': 'fails',
      'base-balance': pool.base && kind !== 'StkWell' ? 'fails' : expect.stringMatching(/^skipped/),
      'negative-interest': pool.hasRate ? 'fails' : 'holds',
    });
  });
});
