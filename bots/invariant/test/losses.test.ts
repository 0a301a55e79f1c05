import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { daySeconds, faults, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { stealShares } from './storage.ts';
import { criticalOf, dai, shown, yearAndWeek } from './yearAndWeek.ts';

// The effects of a vault's loss, and theft that hides behind it, on the real contracts, block by block.

const scene = yearAndWeek();

describe('after a loss of the vault', () => {
  const theLoss = ['negative-interest', 'total-shares', 'lp-share-price'];
  /** No interest hides the missing amount. */
  beforeEach(async () => {
    await scene.week.setVariableRate(0n);
    await scene.year.setVariableRate(0n);
  });

  it('the mint of a matured short is a warning, and what it leaves missing an info that stays', async () => {
    const { maturity, bonds } = await scene.week.openShort(dai('100000'));
    await scene.expectQuiet();
    await scene.week.loseVaultAssets(1);
    await scene.anvil.time.moveTo(maturity + 100);
    await scene.week.checkpoint(maturity);
    const found = await scene.watch.findings();
    expect(criticalOf(found)).toEqual(new Set(['negative-interest']));
    expect(found.filter(({ severity }) => severity !== 'info').map(({ check }) => check)).toContain(
      'lp-share-price',
    );
    await scene.week.closeShort(maturity, bonds);
    await scene.anvil.time.increase(2 * daySeconds);
    await scene.anvil.time.mine();
    const later = await scene.watch.findings();
    expect(shown(later.filter(({ severity }) => severity !== 'info'))).toEqual([]);
    expect(later.at(-1)).toMatchObject({ check: 'total-shares', severity: 'info' });
  });

  it('nor do early closes page, of any part, by any loss', async () => {
    const { maturity, bonds } = await scene.week.openShort(dai('100000'));
    const long = await scene.week.openLong(dai('50000'));
    await scene.week.loseVaultAssets(3);
    await scene.week.closeShort(maturity, bonds / 4n);
    await scene.week.closeLong(long.maturity, long.bonds / 2n);
    await scene.anvil.time.increase(3 * daySeconds);
    await scene.week.closeShort(maturity, bonds / 4n);
    await scene.week.openShort(dai('20000'));
    await scene.anvil.time.moveTo(maturity + 100);
    await scene.week.checkpoint(maturity);
    await scene.week.closeShort(maturity, bonds - 2n * (bonds / 4n));
    await scene.week.closeLong(long.maturity, long.bonds - long.bonds / 2n);
    const found = await scene.watch.findings();
    expect(criticalOf(found)).toEqual(new Set(['negative-interest']));
    expect(
      shown(found.filter(({ check, severity }) => severity !== 'info' && !theLoss.includes(check))),
    ).toEqual([]);
  });

  it.each([
    ['before the checkpoint was missed', 'before'],
    ['between the checkpoint and its mint', 'between'],
  ])('a late mint pages neither, when the loss came %s', async (_, when) => {
    const { maturity } = await scene.week.openShort(dai('100000'));
    if (when === 'before') await scene.week.loseVaultAssets(1);
    await scene.anvil.time.moveTo(maturity + 100);
    if (when === 'between') await scene.week.loseVaultAssets(1);
    await scene.anvil.time.moveTo(maturity + 3 * daySeconds + 100);
    await scene.week.openLong(dai('1000'));
    await scene.week.checkpoint(maturity);
    await scene.anvil.time.increase(60);
    const found = await scene.watch.findings();
    expect(
      shown(
        found.filter(
          ({ check }) => ['total-shares', 'lp-share-price'].includes(check) && criticalOf(found).has(check),
        ),
      ),
    ).toEqual([]);
  });

  it('shorts opened after a loss within their checkpoint hide no theft, and page nobody', async () => {
    await scene.week.openShort(dai('50000'));
    await scene.week.loseVaultAssets(1);
    // These shorts pay for their bonds by the lower price: they put more behind them than the price of the
    // checkpoint requires.
    await scene.week.openShort(dai('100000'));
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['negative-interest']));
    // Less than the additional payment of the second shorts: 1 % of a hundred thousand.
    await stealShares(scene.anvil, scene.week, dai('500'));
    expect(criticalOf(await scene.watch.findings())).toContain('total-shares');
  });

  it('nor does a theft hide in the flat fees of shorts that were opened in the checkpoint of the loss', async () => {
    await scene.week.openShort(dai('100000'));
    await scene.week.loseVaultAssets(1);
    await scene.anvil.time.increase(daySeconds);
    await scene.week.checkpoint(await scene.week.latestCheckpointTime());
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['negative-interest']));
    // A fiftieth of their flat fees of 50.
    await stealShares(scene.anvil, scene.week, dai('1'));
    expect(criticalOf(await scene.watch.findings())).toContain('total-shares');
  });

  it('a gain, and a loss of less within the same checkpoint, page nobody', async () => {
    await scene.week.openLong(dai('10'));
    await scene.week.setVariableRate(parseUnits('50', 16));
    await scene.anvil.time.increase(7_200);
    const short = await scene.week.openShort(dai('100000'));
    await scene.week.setVariableRate(0n);
    await scene.week.loseVaultAssets(0.01);
    await scene.week.closeShort(short.maturity, short.bonds);
    await scene.anvil.time.mine();
    const found = await scene.watch.findings();
    expect(
      shown(found.filter(({ check }) => check === 'total-shares' && criticalOf(found).has(check))),
    ).toEqual([]);
  });

  it('a theft beyond what the loss explains pages: before, in and after the mint', async () => {
    const { maturity } = await scene.week.openShort(dai('100000'));
    await scene.watch.findings();
    await scene.week.loseVaultAssets(1);
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['negative-interest']));
    const state = await scene.anvil.send('evm_snapshot');
    await stealShares(scene.anvil, scene.week, dai('5'));
    expect(criticalOf(await scene.watch.findings())).toContain('total-shares');
    await scene.anvil.send('evm_revert', [state]);
    await scene.beginAnew();
    await scene.anvil.time.moveTo(maturity + 100);
    await scene.week.checkpoint(maturity);
    expect(criticalOf(await scene.watch.findings())).not.toContain('total-shares');
    await stealShares(scene.anvil, scene.week, dai('5'));
    expect(criticalOf(await scene.watch.findings())).toContain('total-shares');
    await scene.drain(scene.week, dai('200'));
    expect(criticalOf(await scene.watch.findings())).toContain('lp-share-price');
  });
});

describe('a bot that begins long after a loss, and knows no earlier block', () => {
  let proxy: RpcProxy;
  let first: number;
  /** Shorts that were opened, matured and closed around the loss; their shortage stays for good. */
  beforeEach(async () => {
    await scene.week.setVariableRate(0n);
    await scene.anvil.time.increase(daySeconds);
    const { maturity, bonds } = await scene.week.openShort(dai('100000'));
    await scene.week.loseVaultAssets(1);
    await scene.anvil.time.increase(daySeconds);
    await scene.week.checkpoint(await scene.week.latestCheckpointTime());
    await scene.anvil.time.moveTo(maturity + 100);
    await scene.week.checkpoint(maturity);
    await scene.week.closeShort(maturity, bonds);
    // Twice as long as any short that was open at that time.
    await scene.anvil.time.increase(15 * daySeconds);
    await scene.anvil.time.mine();
    first = (await scene.anvil.time.latest()).number;
    proxy = await startProxy(scene.anvil);
  });
  afterEach(() => proxy.close());

  const forgetLogs = () =>
    proxy.intercept(async ({ method, params }) => {
      const [{ fromBlock = '0xffffffff' } = {}] = params as [{ fromBlock?: string }];
      if (method !== 'eth_getLogs' || Number(fromBlock) >= first) return undefined;
      return { error: { code: -32000, message: 'history has been pruned for this block' } };
    });
  const begin = async () => {
    await scene.beginAnew(proxy);
    return (await scene.watch.findings()).filter(({ check }) => check === 'total-shares');
  };
  it('says what it does not know yet while a node is slow to give the events, and pages for a theft once it knows', async () => {
    let give = () => {};
    const given = new Promise<void>(resolve => {
      give = resolve;
    });
    proxy.intercept(async ({ method, params }) => {
      const [{ fromBlock = '0xffffffff' } = {}] = params as [{ fromBlock?: string }];
      if (method === 'eth_getLogs' && Number(fromBlock) < first) await given;
      return undefined;
    });
    expect(await begin()).toEqual([
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining('is not known yet') }),
    ]);
    give();
    const blocks = async () => {
      await scene.anvil.time.mine();
      return (await scene.watch.findings()).filter(({ check }) => check === 'total-shares');
    };
    await until('the events are read', async () =>
      (await blocks()).some(({ severity }) => severity === 'info'),
    );
    await stealShares(scene.anvil, scene.week, dai('1'));
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['total-shares']));
  });

  const nodes: [string, () => Promise<void>, string, string, string][] = [
    ['an archive node', async () => {}, 'info', 'no share has left the pool since block', '1'],
    [
      'a node without old states',
      () => proxy.setFault(faults.pruned(first)),
      'warning',
      'is not known exactly',
      '5',
    ],
    [
      'a node without old states and events',
      async () => {
        await proxy.setFault(faults.pruned(first));
        forgetLogs();
      },
      'warning',
      'is not known (',
      '5000',
    ],
  ];
  it.each(nodes)(
    'says with %s what is known of the shares that are missing, and pages for a theft',
    async (...node) => {
      const [, become, severity, words, theft] = node;
      await become();
      expect(await begin()).toEqual([
        expect.objectContaining({ severity, message: expect.stringContaining(words) }),
      ]);
      await stealShares(scene.anvil, scene.week, dai(theft));
      expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['total-shares']));
      expect(await begin()).toEqual([expect.objectContaining({ severity: 'critical' })]);
    },
  );
});
