import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fragment, parseEther, toQuantity, ZeroAddress } from 'ethers';
import {
  type Anvil,
  type DevnetPrizePool,
  deployPrizePools,
  drawWindowBlocks,
  type PrizePoolOptions,
  type PrizePools,
  prizePoolInterfaces,
  roles,
  startAnvil,
} from '../src/index.ts';

let anvil: Anvil;
let devnet: PrizePools;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployPrizePools(anvil);
});
afterAll(() => anvil.stop());

async function newPool(options: PrizePoolOptions = {}): Promise<DevnetPrizePool> {
  const [pool] = await devnet.addPools([options]);
  return pool as DevnetPrizePool;
}

/** Returns a pool whose first round has a ticket and is committed. */
async function committedPool(lateSeconds = 0): Promise<DevnetPrizePool> {
  const pool = await newPool();
  await pool.buyTickets();
  await anvil.time.moveTo((await pool.eligibleAt(1)) + lateSeconds);
  await pool.commit(1);
  return pool;
}

const refused = (name: string) => ({ code: 'CALL_EXCEPTION', revert: { name } });

/** Simulates `settle(1)` in block `number`, with overrides of the block's fields. */
function settleIn(pool: DevnetPrizePool, block: Record<string, unknown>): Promise<unknown> {
  const data = pool.contract.interface.encodeFunctionData('settle', [1]);
  return anvil.send('eth_call', [{ to: pool.address, data }, 'latest', {}, block]).catch((error: unknown) => {
    const { data: revert } = error as { data: string };
    return pool.contract.interface.parseError(revert)?.name;
  });
}

describe('a new pool', () => {
  it('default: sells tickets for a day, may be committed a week less five minutes after it opened', async () => {
    const pool = await newPool();
    const { timestamp } = await anvil.time.latest();
    expect(await pool.roundInfo(1)).toEqual({
      state: 'Open',
      salesEndTime: timestamp + 86_400,
      targetBlockNumber: 0,
      totalTickets: 0,
      totalPrincipalWei: 0n,
      totalShares: 0n,
      principalSharesAtSettle: 0n,
      prizeShares: 0n,
      shareRateAtSettle: 0n,
      winner: ZeroAddress,
      winningTicket: 0,
      prizeClaimed: false,
    });
    expect(await pool.eligibleAt(1)).toBe(timestamp + 7 * 86_400 - 300);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'None' });
    expect(await pool.events()).toMatchObject([
      { name: 'RoundStarted', args: [1n, BigInt(timestamp + 86_400)] },
    ]);
  });

  it('behavior: lined up with a schedule, it opens when told', async () => {
    const { timestamp } = await anvil.time.latest();
    const pool = await newPool({ opensAt: timestamp - 500, roundDurationSec: 200, yieldPeriodSec: 300 });
    expect(await pool.eligibleAt(1)).toBe(timestamp);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Commit' });
  });

  it('behavior: has the views a keeper reads, by their signatures', async () => {
    const { contract } = await newPool();
    const views: [signature: string, returned: string][] = [
      ['nextExecutable()', 'uint256,uint8'],
      ['currentRoundId()', 'uint256'],
      ['getCommitAfterTime(uint256)', 'uint64'],
      [
        'getRoundInfo(uint256)',
        'uint8,uint64,uint64,uint32,uint256,uint256,uint256,uint256,uint256,address,uint32,bool',
      ],
      ['paused()', 'bool'],
      ['owner()', 'address'],
    ];
    for (const [signature, returned] of views) {
      const view = contract.interface.getFunction(signature);
      expect([signature, view?.outputs.map(({ type }) => type).join()]).toEqual([signature, returned]);
    }
  });

  it.each([
    'event RoundStarted(uint256 indexed, uint64)',
    'event RoundCommitted(uint256 indexed, uint64)',
    'event RoundSettled(uint256 indexed, address indexed, uint32, uint256, uint256, uint256, uint256, uint256)',
    'event RoundSkipped(uint256 indexed)',
    'event RoundFailed(uint256 indexed)',
    'event Paused()',
    'event Unpaused()',
    'event OwnerTransferStarted(address indexed, address indexed)',
    'event OwnerTransferred(address indexed, address indexed)',
    'event TicketPriceUpdated(uint96, uint96)',
    ...['BadState', 'SalesNotEnded', 'TooEarly', 'NoBlockhash', 'Reentrant', 'EnforcedPause', 'NotOwner'].map(
      name => `error ${name}()`,
    ),
  ])('behavior: has the live one’s %s', signature => {
    const own = prizePoolInterfaces.pool.fragments.map(fragment => fragment.format('minimal'));
    expect(own).toContain(Fragment.from(signature).format('minimal'));
  });
});

describe('commit', () => {
  it('default: opens the next round in the same block, however late, and draws three blocks later', async () => {
    const pool = await committedPool(600);
    const [commit] = (await pool.events()).filter(({ name }) => name === 'RoundCommitted');
    const { timestamp } = (await anvil.provider.getBlock(commit?.block ?? 0)) ?? {};
    const target = (commit?.block ?? 0) + 3;
    expect(commit?.args).toEqual([1n, BigInt(target)]);
    expect(await pool.roundInfo(1)).toMatchObject({ state: 'Committed', targetBlockNumber: target });
    expect(await pool.currentRoundId()).toBe(2);
    expect((await pool.roundInfo(2)).salesEndTime).toBe((timestamp ?? 0) + 86_400);
    const started = (await pool.events(commit?.block)).filter(({ name }) => name === 'RoundStarted');
    expect(started).toMatchObject([{ hash: commit?.hash, args: [2n, BigInt((timestamp ?? 0) + 86_400)] }]);
  });

  it('behavior: due to the second', async () => {
    const pool = await newPool();
    const eligibleAt = await pool.eligibleAt(1);
    await anvil.time.moveTo(eligibleAt - 10);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'None' });
    await anvil.time.moveTo(eligibleAt);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Commit' });
  });

  it('behavior: a round without tickets is skipped', async () => {
    const pool = await newPool();
    await anvil.time.moveTo(await pool.eligibleAt(1));
    await pool.commit(1);
    expect(await pool.roundInfo(1)).toMatchObject({ state: 'Skipped', targetBlockNumber: 0 });
    expect((await pool.events()).map(({ name }) => name)).toEqual([
      'RoundStarted',
      'RoundSkipped',
      'RoundStarted',
    ]);
    expect(await pool.nextExecutable()).toEqual({ rid: 2, action: 'None' });
    await expect(pool.settle(1)).rejects.toMatchObject(refused('BadState'));
  });

  it('error: SalesNotEnded while tickets are sold, then TooEarly until the yield period is over', async () => {
    const pool = await newPool();
    await expect(pool.commit(1)).rejects.toMatchObject(refused('SalesNotEnded'));
    await anvil.time.moveTo((await pool.roundInfo(1)).salesEndTime);
    await expect(pool.commit(1)).rejects.toMatchObject(refused('TooEarly'));
  });

  it('error: BadState when it was done, and for rounds that there are not', async () => {
    const pool = await committedPool();
    for (const rid of [0, 1, 3]) await expect(pool.commit(rid)).rejects.toMatchObject(refused('BadState'));
  });
});

describe('settle', () => {
  it('default: due in the first block after the target', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1, 0);
    expect(await pool.nextExecutable()).toEqual({ rid: 2, action: 'None' });
    expect(await settleIn(pool, {})).toBe('TooEarly');
    await pool.mineToTarget(1);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Settle' });
    expect(await settleIn(pool, {})).toBe('0x');
    await pool.settle(1);
    expect(await pool.roundInfo(1)).toMatchObject({ state: 'Settled', winner: roles.trader.address });
    expect(await pool.nextExecutable()).toEqual({ rid: 2, action: 'None' });
  });

  it('behavior: still draws in the 255th block after the target', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1, drawWindowBlocks - 1);
    const { blockNumber } = await pool.settle(1);
    const { state, targetBlockNumber } = await pool.roundInfo(1);
    expect([state, blockNumber - targetBlockNumber]).toEqual(['Settled', 255]);
  });

  it('behavior: in the 256th it does not revert, and the round has failed', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1, drawWindowBlocks);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Settle' });
    const { blockNumber, status } = await pool.settle(1);
    const { state, targetBlockNumber, winner, prizeShares } = await pool.roundInfo(1);
    expect([status, state, blockNumber - targetBlockNumber]).toEqual([1, 'Failed', 256]);
    expect({ winner, prizeShares }).toEqual({ winner: ZeroAddress, prizeShares: 0n });
    expect((await pool.events(blockNumber)).map(({ name, args }) => [name, [...args]])).toEqual([
      ['RoundFailed', [1n]],
    ]);
  });

  it('behavior: past the window nextExecutable says MarkFailed', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1, drawWindowBlocks + 1);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'MarkFailed' });
    await pool.settle(1);
    expect(await pool.nextExecutable()).toEqual({ rid: 2, action: 'None' });
  });

  it('behavior: with two rounds due, the older comes first', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1);
    await anvil.time.moveTo(await pool.eligibleAt(2));
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Settle' });
    await pool.settle(1);
    expect(await pool.nextExecutable()).toEqual({ rid: 2, action: 'Commit' });
    await pool.commit(2);
    expect(await pool.nextExecutable()).toEqual({ rid: 3, action: 'None' });
  });

  it('error: NoBlockhash from a node that does not have the hash', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1);
    const { targetBlockNumber } = await pool.roundInfo(1);
    const lost = { blockHash: { [targetBlockNumber]: `0x${'00'.repeat(32)}` } };
    expect(await settleIn(pool, lost)).toBe('NoBlockhash');
    expect(await settleIn(pool, { number: toQuantity(targetBlockNumber) })).toBe('TooEarly');
  });

  it('error: BadState when it is open, settled already or does not exist', async () => {
    const pool = await committedPool();
    await pool.mineToTarget(1);
    await pool.settle(1);
    for (const rid of [0, 1, 2, 3]) await expect(pool.settle(rid)).rejects.toMatchObject(refused('BadState'));
  });
});

describe('the owner', () => {
  it('behavior: pausing stops ticket sales only', async () => {
    const pool = await newPool();
    await pool.buyTickets();
    await pool.pause();
    expect(await pool.isPaused()).toBe(true);
    await expect(pool.buyTickets()).rejects.toMatchObject(refused('EnforcedPause'));
    await anvil.time.moveTo(await pool.eligibleAt(1));
    await pool.commit();
    await pool.mineToTarget(1);
    await pool.settle();
    expect((await pool.roundInfo(1)).state).toBe('Settled');
    await pool.unpause();
    await pool.buyTickets();
    expect((await pool.roundInfo(2)).totalTickets).toBe(1);
    const names = (await pool.events()).map(({ name }) => name);
    expect(names.filter(name => name.endsWith('aused'))).toEqual(['Paused', 'Unpaused']);
  });

  it('behavior: a new one has to accept', async () => {
    const pool = await newPool();
    const { deployer, trader } = roles;
    await pool.transferOwnership(trader.address, false);
    expect(await pool.owner()).toBe(deployer.address);
    await pool.transferOwnership(trader.address);
    expect(await pool.owner()).toBe(trader.address);
    const changes = (await pool.events()).filter(({ name }) => name.startsWith('Owner'));
    expect(changes.map(({ name, args }) => [name, ...args])).toEqual([
      ['OwnerTransferStarted', deployer.address, trader.address],
      ['OwnerTransferStarted', deployer.address, trader.address],
      ['OwnerTransferred', deployer.address, trader.address],
    ]);
    await pool.setTicketPrice(5n);
    expect(await pool.ticketPriceWei()).toBe(5n);
    expect((await pool.events()).at(-1)).toMatchObject({
      name: 'TicketPriceUpdated',
      args: [10n ** 18n, 5n],
    });
  });

  it('error: NotOwner for everybody else', async () => {
    const { contract } = await newPool();
    const calls: [string, unknown[]][] = [
      ['pause', []],
      ['unpause', []],
      ['setTicketPrice', [1n]],
      ['transferOwnership', [roles.competitor.address]],
      ['acceptOwnership', []],
    ];
    for (const [method, args] of calls) {
      const attempt = contract.getFunction(method).staticCall(...args, { from: roles.competitor.address });
      await expect(attempt).rejects.toMatchObject(refused('NotOwner'));
    }
  });

  it('error: EnforcedPause when it is paused, BadState when there is nothing to unpause', async () => {
    const pool = await newPool();
    await expect(pool.unpause()).rejects.toMatchObject(refused('BadState'));
    await pool.pause();
    await expect(pool.pause()).rejects.toMatchObject(refused('EnforcedPause'));
  });
});

describe('on a chain of 0.4 s', () => {
  it('default: a hundred pools, and a round from ticket to prize', async () => {
    const chain = await startAnvil({ blockTime: 0.4 });
    const { pools } = await deployPrizePools(
      chain,
      Array.from({ length: 100 }, () => ({ roundDurationSec: 600, yieldPeriodSec: 60 })),
    );
    expect(new Set(pools.map(({ address }) => address)).size).toBe(100);
    const started = await Promise.all(pools.map(pool => pool.events()));
    expect(started.filter(([event]) => event?.block !== undefined)).toHaveLength(100);

    const pool = pools[99] as DevnetPrizePool;
    await pool.buyTickets();
    await pool.addYield(parseEther('1'));
    await chain.time.increase(660);
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'Commit' });
    await pool.commit();
    await pool.mineToTarget(1);
    await pool.settle();
    expect(await pool.claimPrize(1)).toBeGreaterThan(0n);
    expect(await pool.withdrawPrincipal(1)).toBeGreaterThan(parseEther('0.99'));
    await chain.stop();
  });
});
