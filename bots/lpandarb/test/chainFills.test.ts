import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, readHead } from '@service-bots/core/rpc';
import { roles } from '@service-bots/devnet';
import { parseUnits, toQuantity } from 'ethers';
import { openCall, tradeResultIn } from '../src/executing/tradeCall.ts';
import { ChainFills } from '../src/paper/ChainFills.ts';
import { fillOf, withTradeResult } from '../src/paper/fillOf.ts';
import type { Step } from '../src/planning/view.ts';
import { newPool } from '../src/reading/LpandarbPool.ts';
import type { ReadPool } from '../src/reading/readPool.ts';
import { readSnapshot, scanPositions } from '../src/reading/readSnapshot.ts';
import { day, openScene, type Scene } from './scene.ts';

let scene: Scene;
let provider: FailoverProvider;
const unit = (whole: string) => parseUnits(whole, 18);
const trader = roles.trader.address;

beforeAll(async () => {
  const rates = { fixedRate: parseUnits('6', 16), variableRate: parseUnits('4', 16) };
  scene = await openScene(
    [{ name: 'Month', positionDuration: 30 * day, checkpointDuration: day, ...rates }],
    'on demand',
  );
  const pool = scene.pool('Month');
  await pool.openLong(unit('20000'), trader);
  await pool.openShort(unit('30000'), trader);
  await pool.addLiquidity(unit('50000'), trader);
  await scene.anvil.time.increase(3 * day + 1_000);
  provider = await FailoverProvider.connect(
    [{ label: 'anvil', url: new Secret(scene.anvil.rpcUrl) }],
    undefined,
  );
});
afterAll(async () => {
  provider?.destroy();
  await scene.close();
});

/** Reads the pool for the trader, or for a wallet that holds positions on paper. */
async function read(paper?: ReadPool['held']) {
  const reader = await createBatchReader(provider);
  const block = await readHead(provider);
  const { pools } = await readPools(reader, block, [scene.pool('Month').address]);
  const known = pools.map(newPool);
  for (const pool of known) {
    await scanPositions(reader, { block, pool, wallet: trader });
    for (const { maturity } of paper?.bonds ?? []) pool.maturities.add(maturity);
  }
  const look = await readSnapshot({
    reader,
    block,
    pools: known,
    wallet: paper ? undefined : trader,
    ...(paper ? { paper: () => paper } : {}),
    sourceOf: () => ({ kind: 'checkpoints' }),
    lookBackSeconds: day,
  });
  const [seen] = look.pools;
  if (!seen || !('view' in seen)) throw new Error('the pool could not be read');
  return { ...seen, block: block.number };
}

const stepOf = (kind: Step['kind'], amount: bigint, changes: Partial<Step> = {}): Step => ({
  pool: scene.pool('Month').address,
  kind,
  amount,
  pays: 0n,
  receives: 0n,
  expectedProfit: 0n,
  horizonSeconds: 0,
  fees: 0n,
  gasCost: 0n,
  reason: '',
  ...changes,
});

describe('a fill by eth_call', () => {
  it('equals the call of a holder to the wei, for each exit, when the positions are those of the holder', async () => {
    const { view, marked, block } = await read();
    const { positions } = marked;
    expect(positions.bonds.map(({ side }) => side).sort()).toEqual(['long', 'short']);
    const steps = [
      ...positions.bonds.map(({ side, maturity, bonds }) =>
        stepOf(`close-${side}`, bonds, { side, maturity }),
      ),
      stepOf('remove-liquidity', positions.lpShares),
    ];
    const fills = new ChainFills(provider);
    for (const step of steps) {
      const call = { from: trader, to: view.address, data: openCall(step, trader, view) };
      const result = tradeResultIn(
        step,
        (await scene.anvil.send('eth_call', [call, toQuantity(block)])) as string,
      );
      expect(result.amount).toBeGreaterThan(0n);
      expect(await fills.of(step, view, { positions, block })).toEqual({ kind: 'filled', result });
    }
  });

  it('equals the exact maths but for the roundings of the vault, for positions that are not on the chain', async () => {
    // A position counts from a minted checkpoint, so these have the maturity of the trader's positions.
    const maturity = (await read()).marked.positions.bonds[0]?.maturity as number;
    const { view, marked, block } = await read({
      lpShares: unit('40000'),
      withdrawalShares: 0n,
      bonds: [
        { side: 'long', maturity, bonds: unit('12000') },
        { side: 'short', maturity, bonds: unit('9000') },
      ],
      allowance: 0n,
    });
    const fills = new ChainFills(provider);
    const steps = [
      stepOf('close-long', unit('12000'), { side: 'long', maturity }),
      stepOf('close-short', unit('9000'), { side: 'short', maturity }),
      stepOf('remove-liquidity', unit('40000')),
      stepOf('open-long', unit('700'), { side: 'long', pays: unit('700') }),
      stepOf('open-short', unit('800'), { side: 'short', pays: unit('800') }),
      stepOf('add-liquidity', unit('900'), { pays: unit('900') }),
    ];
    for (const step of steps) {
      const computed = fillOf(step, view, 0n);
      const answer = await fills.of(step, view, { positions: marked.positions, block });
      if (answer.kind !== 'filled' || !computed) throw new Error(`${step.kind}: ${JSON.stringify(answer)}`);
      const fill = withTradeResult(computed, answer.result, view);
      for (const part of ['amount', 'paid', 'received', 'withdrawal'] as const) {
        const off = fill[part] > computed[part] ? fill[part] - computed[part] : computed[part] - fill[part];
        // LP tokens follow from a difference of two values of the whole pool, each exact to one part in 10^18.
        const isLiquidity = step.kind === 'add-liquidity';
        const bound = isLiquidity
          ? (2n * view.state.lpSupply) / 10n ** 18n
          : computed[part] / 10n ** 17n + 10n;
        expect([step.kind, part, off, off <= bound]).toEqual([step.kind, part, off, true]);
      }
    }
  });

  it('is refused where the contracts refuse the call, with positions and without', async () => {
    const { view, marked, block } = await read();
    await scene.pool('Month').pause();
    const paused = await read();
    const open = stepOf('open-long', unit('700'), { side: 'long', pays: unit('700') });
    const fills = new ChainFills(provider);
    const none = { lpShares: 0n, withdrawalShares: 0n, bonds: [] };
    for (const positions of [marked.positions, none]) {
      expect(await fills.of(open, view, { positions, block })).toMatchObject({ kind: 'filled' });
      expect(await fills.of(open, paused.view, { positions, block: paused.block })).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('PoolIsPaused'),
      });
    }
  });
});
