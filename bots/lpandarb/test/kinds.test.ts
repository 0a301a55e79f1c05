import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
import {
  deployKindPool,
  deployStEthPool,
  interfaces,
  type PoolKind,
  poolKinds,
  roles,
  transact,
} from '@service-bots/devnet';
import { type Contract, type EventLog, parseUnits } from 'ethers';
import { settlementOf } from '../src/settlement.ts';
import { haltFileOf, openScene, type PoolStatus, type Scene } from './scene.ts';

const ours = roles.bot.address;
const unit = (whole: string) => parseUnits(whole, 18);
const [base, shares] = [`0x${'bb'.repeat(20)}`, `0x${'5a'.repeat(20)}`];
const inBase: readonly string[] = [
  'ERC4626',
  'Aave',
  'AaveL2',
  'MorphoBlue',
  'AerodromeLp',
  'Corn',
  'StakingUSDS',
];
const rebasing: readonly string[] = ['StETH', 'EETH'];
const settled = (kind: string) =>
  settlementOf({ kind, config: { baseToken: base, vaultSharesToken: shares } as never });

describe('settlementOf', () => {
  it.each(['ERC4626', 'StETH', ...poolKinds])('%s pools are paid in base, or in vault shares', kind => {
    const asBase = inBase.includes(kind);
    expect(settled(`${kind}Hyperdrive`)).toMatchObject({
      token: asBase ? base : shares,
      asBase,
      isRebasing: rebasing.includes(kind),
    });
  });

  it('returns undefined for an unknown kind', () => {
    for (const odd of ['FancyHyperdrive', '', 'erc4626hyperdrive', 'constructor'])
      expect(settled(odd)).toBeUndefined();
  });
});

/** A pool of some kind, and the wallet's holding of the token that the pool is paid in. */
interface TestPool {
  contract: Contract;
  address: string;
  /** Returns the wallet's base, or its vault shares. */
  held(): Promise<bigint>;
}

describe('on the real contracts', () => {
  const kinds: readonly PoolKind[] = [
    'Aave',
    'MorphoBlue',
    'RETH',
    'LsETH',
    'EETH',
    'EzETH',
    'EzETHLinea',
    'RsETHLinea',
    'Chainlink',
    'StkWell',
  ];
  let scene: Scene;
  const pools = new Map<string, TestPool>();

  beforeAll(async () => {
    scene = await openScene([], 'on demand');
    for (const name of kinds) pools.set(name, await kindPool(name));
    pools.set('StETH', await stEthPool());
  }, 120_000);
  afterAll(() => scene.close());

  async function kindPool(name: PoolKind): Promise<TestPool> {
    const pool = await deployKindPool(scene.devnet, name);
    const token = pool.asBase || name === 'Aave' ? (pool.base as Contract) : pool.source;
    const funded = {
      address: await token.getAddress(),
      abi: token === pool.base ? interfaces.token : token.interface,
    };
    const mint = token === pool.base ? 'mint(address,uint256)' : 'mint';
    await transact(scene.anvil, roles.deployer.address, funded, mint, [ours, unit('300')]);
    const balance = token === pool.base ? 'balanceOf' : 'shares';
    return { ...pool, held: () => token.getFunction(balance).staticCall(ours) };
  }

  async function stEthPool(): Promise<TestPool> {
    const pool = await deployStEthPool(scene.devnet);
    const lido = { address: await pool.lido.getAddress(), abi: pool.lido.interface };
    await transact(scene.anvil, roles.deployer.address, lido, 'transferShares', [ours, unit('300')]);
    return { ...pool, held: () => pool.lido.getFunction('sharesOf').staticCall(ours) };
  }

  /** Returns the payments of the bot's trades by the pool's events: in the pool's unit, and in base. */
  async function paymentsIn({ contract }: TestPool): Promise<{ units: bigint; base: bigint }> {
    const signs = {
      AddLiquidity: -1n,
      OpenLong: -1n,
      CloseLong: 1n,
      RemoveLiquidity: 1n,
      RedeemWithdrawalShares: 1n,
    };
    const sum = { units: 0n, base: 0n };
    for (const [name, sign] of Object.entries(signs)) {
      const filter = contract.filters[name]?.(ours);
      for (const log of (await contract.queryFilter(filter as never)) as EventLog[]) {
        const { amount, vaultSharePrice, asBase } = log.args as unknown as {
          amount: bigint;
          vaultSharePrice: bigint;
          asBase: boolean;
        };
        sum.units += sign * amount;
        sum.base += sign * (asBase ? amount : (amount * vaultSharePrice) / 10n ** 18n);
      }
    }
    return sum;
  }

  it('trades with every kind, and the wallet and the report change by the payments of the pool', async () => {
    const before = new Map<string, bigint>();
    for (const [name, pool] of pools) before.set(name, await pool.held());
    const bot = await scene.openHere({
      LPANDARB_POOLS: [...pools.values()].map(({ address }) => address).join(),
      CAPITAL_PER_POOL: '200',
      LP_PORTION: '0.5',
      // Far enough below the fixed rate of 5 % that a long pays at any time of a checkpoint's day.
      VARIABLE_RATE: '1%',
      NATIVE_IN_BASE: '0.001',
    });
    const at = ({ targets }: RoundReport, name: string) =>
      targets.find(({ address }) => address === pools.get(name)?.address)?.details as
        | PoolStatus['details']
        | undefined;
    const opened = await bot.settle();
    for (const name of pools.keys()) {
      expect([name, at(opened, name)?.positions.map(({ side }) => side)]).toEqual([name, ['long']]);
      expect(Number(at(opened, name)?.lpTokens)).toBeGreaterThan(0);
    }
    expect(bot.observed.filter(({ failing }) => failing)).toEqual([]);

    writeFileSync(haltFileOf(bot.stateDir).path, 'unwind');
    const ended = await bot.settle();
    for (const name of pools.keys()) {
      const { positions, lpTokens, approved } = at(ended, name) ?? {};
      expect([name, positions, Number(lpTokens), Number(approved)]).toEqual([name, [], 0, 0]);
    }
    for (const [name, pool] of pools) {
      const { liquidity = '', arbitrage = '' } = at(ended, name)?.profit ?? {};
      const payments = await paymentsIn(pool);
      expect([name, unit(liquidity) + unit(arbitrage)]).toEqual([name, payments.base]);
      const change = (await pool.held()) - (before.get(name) ?? 0n);
      const off = change > payments.units ? change - payments.units : payments.units - change;
      // A transfer of a rebasing token rounds to whole shares.
      expect([name, off <= (rebasing.includes(name) ? 10n : 0n)]).toEqual([name, true]);
    }
  });
});
