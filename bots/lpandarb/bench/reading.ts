import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, readHead } from '@service-bots/core/rpc';
import { deployHyperdrive, type Row, roles, startAnvil, startProxy, weeklyPool } from '@service-bots/devnet';
import { newPool } from '../src/reading/LpandarbPool.ts';
import { readSnapshot, scanPositions } from '../src/reading/readSnapshot.ts';

const count = 50;

/** Measures the requests and the time of a reading of 50 pools, with a position of the wallet in each. */
export async function measureReading(): Promise<Row[]> {
  const anvil = await startAnvil({});
  const proxy = await startProxy({ rpcUrl: anvil.rpcUrl });
  try {
    const devnet = await deployHyperdrive(anvil, { pools: [], paused: [] });
    for (let i = 1; i <= count; i += 1) {
      const pool = await devnet.addPool(weeklyPool(`Bench ${i}`));
      await pool.openLong(10n ** 21n);
    }
    const provider = await FailoverProvider.connect(
      [{ label: 'bench', url: new Secret(proxy.rpcUrl) }],
      undefined,
    );
    const reader = await createBatchReader(provider);
    const first = await readHead(provider);
    const { pools: found } = await readPools(
      reader,
      first,
      devnet.pools.map(({ address }) => address),
    );
    const pools = found.map(pool => ({ ...newPool(pool), isRegistered: true }));
    const wallet = roles.trader.address;
    for (const pool of pools) await scanPositions(reader, { block: first, pool, wallet });
    await anvil.send('evm_mine', []);
    proxy.resetCounts();
    const begun = performance.now();
    const head = await readHead(provider);
    const look = await readSnapshot({
      reader,
      block: head,
      pools,
      wallet,
      sourceOf: () => ({ kind: 'checkpoints' }),
      lookBackSeconds: 7 * 86_400,
    });
    const ms = performance.now() - begun;
    const requests = proxy.callCount();
    const held = [...look.positions.values()].filter(({ bonds }) => bonds.length > 0).length;
    provider.destroy();
    return [
      {
        what: `requests to read ${count} pools and the wallet (${held} positions found)`,
        figure: String(requests),
        target: '≤ 2',
        met: requests <= 2 && held === count,
      },
      { what: `time to read and mark ${count} pools, ms`, figure: ms.toFixed(0) },
    ];
  } finally {
    await proxy.close();
    await anvil.stop();
  }
}
