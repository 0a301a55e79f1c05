import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import {
  type Anvil,
  type Devnet,
  type DevnetPool,
  daySeconds,
  deployHyperdrive,
  hourSeconds,
  roles,
  startAnvil,
  weeklyPool,
} from '../src/index.ts';

let anvil: Anvil;
let devnet: Devnet;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployHyperdrive(anvil);
});
afterAll(() => anvil.stop());

const baseOf = (pool: DevnetPool, account: string): Promise<bigint> =>
  pool.asset.getFunction('balanceOf').staticCall(account);
const revertsWith = (name: string) => ({ code: 'CALL_EXCEPTION', revert: { name } });

describe.each([
  ['18 decimals', 'Devnet 7 Day DAI'],
  ['6 decimals', 'Devnet 30 Day USDC'],
])('trading with %s', (_, name) => {
  const trader = roles.trader.address;
  let pool: DevnetPool;
  const units = (value: string): bigint => parseUnits(value, pool.decimals);
  beforeAll(() => {
    pool = devnet.pool(name);
  });

  it('opens and closes a long', async () => {
    const { maturity, bonds, paid } = await pool.openLong(units('1000'));
    const latest = await pool.latestCheckpointTime();
    expect(maturity).toBe(latest + pool.positionDuration);
    expect(paid).toBe(units('1000'));
    expect(bonds).toBeGreaterThan(units('1000'));
    expect(bonds).toBeLessThan(units('1010'));
    expect(await pool.balanceOf('long', trader, maturity)).toBe(bonds);
    const before = await baseOf(pool, trader);
    const { proceeds } = await pool.closeLong(maturity, bonds / 2n);
    expect((await baseOf(pool, trader)) - before).toBe(proceeds);
    expect(proceeds).toBeGreaterThan(units('499'));
    expect(await pool.balanceOf('long', trader, maturity)).toBe(bonds - bonds / 2n);
  });

  it('opens and closes a short, for a second trader', async () => {
    const other = roles.otherTrader.address;
    const { maturity, bonds, paid } = await pool.openShort(units('3000'), other);
    expect(bonds).toBe(units('3000'));
    expect(paid).toBeGreaterThan(0n);
    expect(paid).toBeLessThan(units('100'));
    expect(await pool.balanceOf('short', other, maturity)).toBe(bonds);
    expect(await pool.balanceOf('short', trader, maturity)).toBe(0n);
    const before = await baseOf(pool, other);
    const { proceeds } = await pool.closeShort(maturity, bonds, other);
    expect((await baseOf(pool, other)) - before).toBe(proceeds);
    expect(await pool.balanceOf('short', other, maturity)).toBe(0n);
  });

  it('adds and removes liquidity', async () => {
    const { lpShares } = await pool.addLiquidity(units('5000'));
    expect(await pool.balanceOf('lp', trader)).toBe(lpShares);
    const before = await baseOf(pool, trader);
    const { proceeds, withdrawalShares } = await pool.removeLiquidity(lpShares);
    expect((await baseOf(pool, trader)) - before).toBe(proceeds);
    expect(proceeds).toBeGreaterThan(units('4990'));
    expect(await pool.balanceOf('withdrawalShare', trader)).toBe(withdrawalShares);
  });

  it('error: the pool’s own, by name', async () => {
    await expect(pool.openLong(units('0.05'))).rejects.toMatchObject(revertsWith('MinimumTransactionAmount'));
  });
});

describe('traders', () => {
  it('behavior: an address anvil has no key for trades too', async () => {
    const stranger = '0x00000000000000000000000000000000000c0ffe';
    const pool = devnet.pool('Devnet 7 Day DAI');
    const { maturity, bonds } = await pool.openLong(parseUnits('10'), stranger);
    expect(await pool.balanceOf('long', stranger, maturity)).toBe(bonds);
  });
});

describe('withdrawal shares', () => {
  it('behavior: are paid once the positions that hold the liquidity have matured, and not before', async () => {
    const pool = await devnet.addPool(weeklyPool('Withdrawals', { variableRate: 0n }));
    const lp = roles.deployer.address;
    const { maturity, bonds } = await pool.openShort(parseUnits('100000'));
    const { withdrawalShares } = await pool.removeLiquidity(await pool.balanceOf('lp', lp), lp);
    expect(withdrawalShares).toBeGreaterThan(parseUnits('1000'));
    // Rounding makes some dust redeemable, once.
    const dust = await pool.redeemWithdrawalShares(withdrawalShares, lp);
    expect(dust.redeemed).toBeLessThan(parseUnits('0.000001'));
    const nothing = await pool.redeemWithdrawalShares(withdrawalShares - dust.redeemed, lp);
    expect(nothing).toMatchObject({ redeemed: 0n, proceeds: 0n });
    // No liquidity is left to close the short early against.
    await expect(pool.closeShort(maturity, bonds)).rejects.toMatchObject(
      revertsWith('InsufficientLiquidity'),
    );
    await anvil.time.moveTo(maturity + 60);
    await pool.checkpoint(maturity);
    const before = await baseOf(pool, lp);
    const { redeemed, proceeds } = await pool.redeemWithdrawalShares(withdrawalShares, lp);
    expect(redeemed).toBeGreaterThan(parseUnits('1000'));
    expect((await baseOf(pool, lp)) - before).toBe(proceeds);
    expect(await pool.balanceOf('withdrawalShare', lp)).toBe(withdrawalShares - dust.redeemed - redeemed);
  });
});

describe('checkpoints', () => {
  it('behavior: a competitor mints one after maturity, once', async () => {
    const pool = devnet.pool('Devnet 7 Day DAI');
    const { maturity, bonds } = await pool.openLong(parseUnits('100'));
    expect(await pool.checkpointPrice(maturity)).toBe(0n);
    await expect(pool.checkpoint(maturity)).rejects.toMatchObject(revertsWith('InvalidCheckpointTime'));
    await anvil.time.moveTo(maturity + hourSeconds);
    expect(await pool.latestCheckpointTime()).toBe(maturity);
    const supply = await pool.maturedSupply(maturity);
    expect(supply).toBeGreaterThanOrEqual(bonds);

    const first = await pool.checkpoint(maturity);
    const receipt = await anvil.provider.getTransactionReceipt(first.hash);
    expect(first.minted).toBe(true);
    expect(receipt?.from).toBe(roles.competitor.address);
    expect(await pool.checkpointPrice(maturity)).toBe(await pool.vaultSharePrice());
    // Minting does not redeem.
    expect(await pool.maturedSupply(maturity)).toBe(supply);
    expect((await pool.checkpoint(maturity)).minted).toBe(false);

    const { proceeds } = await pool.closeLong(maturity, bonds);
    expect(proceeds).toBeGreaterThan(parseUnits('100'));
    expect(await pool.maturedSupply(maturity)).toBe(supply - bonds);
    await expect(pool.checkpoint(maturity + 1)).rejects.toMatchObject(revertsWith('InvalidCheckpointTime'));
  });
});

describe('pausing', () => {
  it('behavior: refuses new positions, lets old ones mature, be checkpointed and closed', async () => {
    const pool = devnet.pool('Devnet 7 Day Paused');
    expect(await pool.isPaused()).toBe(true);
    await expect(pool.openLong(parseUnits('10'))).rejects.toMatchObject(revertsWith('PoolIsPaused'));

    await pool.unpause();
    const { maturity, bonds } = await pool.openLong(parseUnits('10'));
    await pool.pause();
    await anvil.time.moveTo(maturity + 60);
    expect((await pool.checkpoint(maturity)).minted).toBe(true);
    expect(await pool.checkpointPrice(maturity)).toBeGreaterThan(parseUnits('1'));
    expect((await pool.closeLong(maturity, bonds)).proceeds).toBeGreaterThan(parseUnits('9.9'));
    await expect(pool.openShort(parseUnits('10'))).rejects.toMatchObject(revertsWith('PoolIsPaused'));
  });
});

describe('the vault', () => {
  it('behavior: earns the variable rate, loses what it is told', async () => {
    const pool = await devnet.addPool(weeklyPool('Vault', { variableRate: 0n }));
    expect(await pool.vaultSharePrice()).toBe(parseUnits('1'));
    await pool.setVariableRate(parseUnits('0.1'));
    await anvil.time.increase(73 * daySeconds);
    const grown = await pool.vaultSharePrice();
    expect(Number(grown) / 1e18).toBeCloseTo(1.02, 6);

    await pool.accrue();
    expect(Number(await pool.vaultSharePrice()) / 1e18).toBeCloseTo(1.02, 6);
    await pool.setVariableRate(0n);
    const before = await pool.vaultSharePrice();
    await pool.loseVaultAssets(2.5);
    expect(Number(await pool.vaultSharePrice()) / Number(before)).toBeCloseTo(0.975, 9);
    await expect(pool.loseVaultAssets(0)).rejects.toThrow(RangeError);
  });
});
