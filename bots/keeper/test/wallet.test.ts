import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  installMulticall3,
  multicall3Address,
  openAlertsOf,
  type RollbarSink,
  raised,
  resolved,
  roles,
  startRollbar,
  until,
} from '@service-bots/devnet';
import { parseEther, parseUnits, type Wallet } from 'ethers';
import {
  dueAt,
  envOf,
  eventsOf,
  hour,
  openScene,
  openVault,
  type Scene,
  transactionsOf,
  type Vault,
} from './scene.ts';
import { alertLines, looks, over, statusOf, watching } from './watch.ts';

let scene: Scene;
let rollbar: RollbarSink;
let pool: DevnetPrizePool;
let wallet: Wallet;
let keeper: BotProcess;

beforeAll(async () => {
  scene = await openScene([]);
  rollbar = await startRollbar();
});
afterEach(() => keeper.stop('SIGKILL'));
afterAll(async () => {
  await scene.close();
  await rollbar.close();
});

async function start(balanceWei: bigint, env: Record<string, string> = {}): Promise<void> {
  pool = await scene.addPool(dueAt((await scene.now()) + 2 * hour));
  await pool.buyTickets();
  wallet = await scene.wallet(balanceWei);
  keeper = await scene.startKeeper({
    POOL_ADDRESSES_V2: pool.address,
    PRIVATE_KEY: wallet.privateKey,
    ROLLBAR_API_KEY: 'local-rollbar-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
    ...env,
  });
  await watching(keeper);
}

const sent = () => transactionsOf(scene.anvil, wallet.address);
const becomesDue = async () => scene.moveTo(await pool.eligibleAt(1));

describe('a wallet that runs dry', () => {
  it('is a warning below the threshold, critical when it cannot send, and the work goes on once it is filled', async () => {
    await start(parseEther('0.19'));
    const { message } = await raised(keeper, 'low-balance', 'warning');
    expect(message).toContain('holds 0.19 MON');
    expect((await statusOf(keeper)).wallet).toMatchObject({ address: wallet.address });

    await scene.anvil.setBalance(wallet.address, 1_000n);
    await raised(keeper, 'low-balance', 'error');
    await becomesDue();
    await raised(keeper, 'cannot-send', 'critical');
    const item = await rollbar.waitForItem(({ context }) => context === 'keeper#cannot-send');
    expect(item.level).toBe('critical');
    expect(await openAlertsOf(keeper, 'pool-failing')).toEqual([]);
    expect(await sent()).toEqual([]);

    await scene.anvil.setBalance(wallet.address, parseEther('1'));
    expect(await over(pool, 1)).toBe('Settled');
    await resolved(keeper, 'cannot-send');
    await resolved(keeper, 'low-balance');
    expect(alertLines(keeper, 'low-balance')).toEqual(['warning', 'error', 'info']);
    expect(alertLines(keeper, 'cannot-send')).toEqual(['critical', 'info']);
  });

  it('is a warning also on a chain without Multicall3', async () => {
    await scene.anvil.send('anvil_setCode', [multicall3Address, '0x']);
    try {
      await start(parseEther('0.19'));
      expect((await raised(keeper, 'low-balance', 'warning')).message).toContain('holds 0.19 MON');
      expect((await statusOf(keeper)).wallet).toMatchObject({ balanceWei: String(parseEther('0.19')) });
    } finally {
      await installMulticall3(scene.anvil);
    }
  });

  it('is low for the coming actions at the present fee, although it holds more than the threshold', async () => {
    await start(parseEther('0.3'), { KEEPER_LOW_BALANCE_MON: '0.2' });
    await looks(keeper, 2);
    expect(await openAlertsOf(keeper, 'low-balance')).toEqual([]);
    await scene.anvil.time.setNextBaseFee(parseUnits('20000', 'gwei'));
    expect((await raised(keeper, 'low-balance', 'error')).message).toContain('cannot pay');
  });
});

describe.each(['MAX_FEE_GWEI', 'KEEPER_MAX_FEE_GWEI'])('a base fee above %s', name => {
  it('holds the commit back and reports it, and sends it when the fee falls', async () => {
    await scene.anvil.time.mine(100);
    await start(parseEther('1000'), { [name]: '50' });
    // The base fee falls by an eighth a block.
    await scene.anvil.time.setNextBaseFee(parseUnits('100000', 'gwei'));
    await becomesDue();
    const { message } = await raised(keeper, 'cannot-send', 'critical');
    expect(message).toContain(`above ${name} 50`);
    expect(await sent()).toEqual([]);
    await scene.anvil.time.mine(60);
    expect(await over(pool, 1)).toBe('Settled');
    await resolved(keeper, 'cannot-send');
    expect(await sent()).toHaveLength(2);
    await until('the status page tells', async () => (await statusOf(keeper)).pools[0]?.lastAction);
  });
});

describe('gas that costs a hundred times the usual at an anchor', () => {
  let vault: Vault;
  async function approach(): Promise<void> {
    await scene.anvil.time.mine(100);
    vault = await openVault(scene);
    pool = vault.pool;
    wallet = await scene.wallet();
    keeper = await scene.startKeeper({ ...envOf([vault]), PRIVATE_KEY: wallet.privateKey });
    await watching(keeper);
    await scene.moveTo(vault.anchor - 6);
    await scene.anvil.time.setNextBaseFee(parseUnits('300', 'gwei'));
    await raised(keeper, 'cannot-send', 'warning');
  }
  const commit = () =>
    until('the commit is mined', async () => (await eventsOf(scene.anvil, pool, 'RoundCommitted'))[0]);
  const priceOf = async (hash: string) =>
    (await scene.anvil.provider.getTransactionReceipt(hash))?.gasPrice ?? 0n;

  it('is waited out and raised as a warning, and the commit is sent as soon as the price falls', async () => {
    await approach();
    const { hash, timestamp } = await commit();
    expect(await priceOf(hash)).toBeLessThan(parseUnits('20', 'gwei'));
    expect(timestamp - vault.anchor).toBeLessThan(30);
    await resolved(keeper, 'cannot-send');
    expect(alertLines(keeper, 'cannot-send')).toEqual(['warning', 'info']);
    expect(keeper.lines.filter(({ level }) => level === 'error' || level === 'critical')).toEqual([]);
  });

  it('is paid in the middle of the lead, when it has not fallen by then', async () => {
    await approach();
    await scene.moveTo(vault.anchor + 148);
    await scene.anvil.time.setNextBaseFee(parseUnits('300', 'gwei'));
    const { hash, timestamp } = await commit();
    expect(await priceOf(hash)).toBeGreaterThan(parseUnits('20', 'gwei'));
    expect(timestamp - vault.anchor).toBeGreaterThanOrEqual(149);
    expect(timestamp - vault.anchor).toBeLessThan(170);
    const overdue = await raised(keeper, 'overdue', 'error');
    expect(overdue.message).toContain(
      'waits for a lower gas price, and sends the commit by itself while there is time',
    );
    expect(keeper.lines.filter(({ level }) => level === 'critical')).toEqual([]);
  });
});

describe('commits that use up their share of the gas budget', () => {
  it('leave the rest to the draws of those that were committed, and the next waits with an alert', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pools = await scene.prizePools.addPools(Array.from({ length: 4 }, () => dueAt(due)));
    for (const each of pools) await each.buyTickets();
    wallet = await scene.wallet(parseEther('100'));
    keeper = await scene.startKeeper({
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
      PRIVATE_KEY: wallet.privateKey,
      KEEPER_GAS_LIMIT: '250000',
      GAS_PER_HOUR: '900000',
    });
    await watching(keeper);
    await scene.moveTo(due);
    expect((await raised(keeper, 'gas-budget', 'critical')).message).toMatch(
      /commit round 1 of .* \(the other 80 % are kept for calls that cannot wait\)/,
    );
    const states = async () =>
      (await Promise.all(pools.map(each => each.roundInfo(1)))).map(({ state }) => state);
    await until('every draw is made', async () => {
      const now = await states();
      return now.includes('Settled') && !now.includes('Committed');
    });
    await looks(keeper, 2);
    const ended = await states();
    expect(ended).toContain('Open');
    expect(ended.filter(state => state !== 'Settled' && state !== 'Open')).toEqual([]);
  });
});

describe('actions that the wallet could not send and another account did', () => {
  it('is over an hour later, though there is nothing to send for days', async () => {
    await scene.anvil.time.mine(100);
    await start(parseEther('1000'), { MAX_FEE_GWEI: '50' });
    await scene.anvil.time.setNextBaseFee(parseUnits('100000', 'gwei'));
    await becomesDue();
    await raised(keeper, 'cannot-send', 'critical');
    await scene.anvil.setBalance(roles.competitor.address, parseEther('1000000'));
    await pool.commit();
    await scene.anvil.time.mine(4);
    await pool.settle(1);
    await looks(keeper, 2);
    expect(await openAlertsOf(keeper, 'cannot-send')).toHaveLength(1);
    await scene.moveTo((await scene.now()) + hour + 60);
    await resolved(keeper, 'cannot-send');
    expect(await sent()).toEqual([]);
  });
});
