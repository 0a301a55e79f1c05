import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AbiCoder, isCallException, keccak256, parseEther, Wallet } from 'ethers';
import fc from 'fast-check';
import {
  type Anvil,
  type DevnetPrizePool,
  deployPrizePools,
  devAccounts,
  drawWindowBlocks,
  type PrizePools,
  prizePoolInterfaces,
  startAnvil,
  transact,
} from '../src/index.ts';

const [, , ann, bob, eve] = devAccounts.map(({ address }) => address) as [
  string,
  string,
  string,
  string,
  string,
];
/** The most that staking and unstaking may round away, at share rates below a hundred. */
const roundingWei = 1_000n;

let anvil: Anvil;
let devnet: PrizePools;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployPrizePools(anvil);
});
afterAll(() => anvil.stop());

async function newPool(): Promise<DevnetPrizePool> {
  const [pool] = await devnet.addPools([{}]);
  return pool as DevnetPrizePool;
}

async function commitAndSettle(pool: DevnetPrizePool, blocksAfterTarget = 1): Promise<number> {
  const rid = await pool.currentRoundId();
  await anvil.time.moveTo(await pool.eligibleAt(rid));
  await pool.commit(rid);
  await pool.mineToTarget(rid, blocksAfterTarget);
  await pool.settle(rid);
  return rid;
}

/** Expects the amount, but for rounding. */
function expectRounded(actual: bigint, expected: bigint): void {
  const tooFar = actual > expected + roundingWei || actual < expected - roundingWei;
  expect({ actual, expected, tooFar }).toEqual({ actual, expected, tooFar: false });
}

const refused = (name: string) => ({ code: 'CALL_EXCEPTION', revert: { name } });
const sharesOf = (pool: DevnetPrizePool, account = pool.address): Promise<bigint> =>
  pool.stakedToken.getFunction('balanceOf').staticCall(account);
const monFor = (pool: DevnetPrizePool, shares: bigint): Promise<bigint> =>
  pool.stakedToken.getFunction('monFor').staticCall(shares);

describe('tickets', () => {
  it('default: their price is staked', async () => {
    const pool = await newPool();
    expect(await pool.buyTickets(ann, 3)).toBe(parseEther('3'));
    await pool.setTicketPrice(parseEther('2'));
    expect(await pool.buyTickets(bob, 2)).toBe(parseEther('4'));
    await pool.buyTickets(ann);
    const { totalTickets, totalPrincipalWei, totalShares } = await pool.roundInfo(1);
    expect({ totalTickets, totalPrincipalWei }).toEqual({
      totalTickets: 6,
      totalPrincipalWei: parseEther('9'),
    });
    expect(await sharesOf(pool)).toBe(totalShares);
    expectRounded(await monFor(pool, totalShares), parseEther('9'));
    expect(await pool.principalOf(1, ann)).toBe(parseEther('5'));
  });

  it('error: SalesEnded after a day, WrongPayment for any other amount', async () => {
    const pool = await newPool();
    const buy = (count: number, value: bigint) =>
      pool.contract.getFunction('buyTickets').staticCall(count, { value, from: ann });
    for (const [count, value] of [
      [2, parseEther('1')],
      [1, parseEther('1') + 1n],
      [0, 0n],
    ] as const) {
      await expect(buy(count, value)).rejects.toMatchObject(refused('WrongPayment'));
    }
    await expect(
      anvil.provider.call({ from: ann, to: pool.address, value: 1n }).catch(({ data }) => data),
    ).resolves.toBe(prizePoolInterfaces.pool.getError('WrongPayment')?.selector);
    await anvil.time.moveTo((await pool.roundInfo(1)).salesEndTime);
    await expect(buy(1, parseEther('1'))).rejects.toMatchObject(refused('SalesEnded'));
  });
});

describe('a settled round', () => {
  it('default: the hash of the target block chooses the winning ticket, whoever bought it wins', async () => {
    const pool = await newPool();
    for (let round = 0; round < 4; round++) {
      for (const [buyer, count] of [
        [ann, 2],
        [bob, 1],
        [ann, 1],
        [eve, 3],
      ] as const) {
        await pool.buyTickets(buyer, count);
      }
      const rid = await commitAndSettle(pool);
      const { targetBlockNumber, winner, winningTicket } = await pool.roundInfo(rid);
      const { hash } = (await anvil.provider.getBlock(targetBlockNumber)) ?? {};
      const seed = AbiCoder.defaultAbiCoder().encode(
        ['bytes32', 'address', 'uint256'],
        [hash, pool.address, rid],
      );
      expect(winningTicket).toBe(Number(BigInt(keccak256(seed)) % 7n));
      expect(winner).toBe([ann, ann, bob, ann, eve, eve, eve][winningTicket]);
    }
  });

  it('behavior: the yield is the prize, in shares; the principal comes back', async () => {
    const pool = await newPool();
    await pool.buyTickets(ann, 2);
    await pool.buyTickets(bob, 1);
    const before = await monFor(pool, await sharesOf(pool));
    await pool.addYield(parseEther('5'));
    const earned = (await monFor(pool, await sharesOf(pool))) - before;
    const rid = await commitAndSettle(pool);
    const info = await pool.roundInfo(rid);
    expect(info.totalShares).toBe(info.principalSharesAtSettle + info.prizeShares);
    expect(info.shareRateAtSettle).toBe(await pool.stakedToken.getFunction('rate').staticCall());
    expect((await pool.events()).find(({ name }) => name === 'RoundSettled')?.args).toEqual([
      BigInt(rid),
      info.winner,
      BigInt(info.winningTicket),
      info.totalPrincipalWei,
      info.totalShares,
      info.principalSharesAtSettle,
      info.prizeShares,
      info.shareRateAtSettle,
    ]);

    const had = await sharesOf(pool, info.winner);
    const prize = await pool.claimPrize(rid);
    expect((await sharesOf(pool, info.winner)) - had).toBe(prize);
    expectRounded(await monFor(pool, prize), earned);
    expect((await pool.roundInfo(rid)).prizeClaimed).toBe(true);
    expectRounded(await pool.withdrawPrincipal(rid, ann), parseEther('2'));
    expectRounded(await pool.withdrawPrincipal(rid, bob), parseEther('1'));
    expect(await sharesOf(pool)).toBe(0n);
  });

  it('error: NothingOwed a second time or to a stranger, BadState before', async () => {
    const pool = await newPool();
    await pool.buyTickets(ann);
    await expect(pool.withdrawPrincipal(1, ann)).rejects.toMatchObject(refused('BadState'));
    const claim = (from: string) => pool.contract.getFunction('claimPrize').staticCall(1, { from });
    await expect(claim(ann)).rejects.toMatchObject(refused('BadState'));
    await commitAndSettle(pool);
    await expect(claim(bob)).rejects.toMatchObject(refused('NothingOwed'));
    await expect(pool.withdrawPrincipal(1, bob)).rejects.toMatchObject(refused('NothingOwed'));
    await pool.claimPrize(1);
    await pool.withdrawPrincipal(1, ann);
    await expect(claim(ann)).rejects.toMatchObject(refused('NothingOwed'));
    await expect(pool.withdrawPrincipal(1, ann)).rejects.toMatchObject(refused('NothingOwed'));
  });
});

describe('a failed round', () => {
  it('default: has no prize; the principal comes back with what it earned', async () => {
    const pool = await newPool();
    await pool.buyTickets(ann, 3);
    await pool.buyTickets(bob, 1);
    await pool.addYield(parseEther('4'));
    const worth = await monFor(pool, await sharesOf(pool));
    const rid = await commitAndSettle(pool, drawWindowBlocks + 1);
    await expect(pool.contract.getFunction('claimPrize').staticCall(rid)).rejects.toMatchObject(
      refused('BadState'),
    );
    const paid = [await pool.withdrawPrincipal(rid, ann), await pool.withdrawPrincipal(rid, bob)];
    expectRounded(paid[0] as bigint, (worth * 3n) / 4n);
    expectRounded(paid[1] as bigint, worth / 4n);
    expect(await sharesOf(pool)).toBe(0n);
  });
});

describe('a payment', () => {
  /** An account that bought a ticket of a settled round and then got this code. */
  async function settledFor(code: (pool: DevnetPrizePool) => string): Promise<[DevnetPrizePool, string]> {
    const pool = await newPool();
    const { address } = Wallet.createRandom();
    await anvil.setBalance(address, parseEther('10'));
    await pool.buyTickets(address);
    await commitAndSettle(pool);
    await anvil.send('anvil_setCode', [address, code(pool)]);
    return [pool, address];
  }

  it('error: Reentrant to a receiver that calls again; it is paid once', async () => {
    // On receipt: calls withdrawPrincipal(1) of the pool and stores the result in slot 0.
    const [pool, address] = await settledFor(({ address: own, contract }) => {
      const data = contract.interface.encodeFunctionData('withdrawPrincipal', [1]).slice(2).padEnd(128, '0');
      const intoMemory = `7f${data.slice(0, 64)}600052` + `7f${data.slice(64)}602052`;
      return `0x${intoMemory}60006000602460006000${`73${own.slice(2)}`}5af1503d600060003e60005160005500`;
    });
    expectRounded(await pool.withdrawPrincipal(1, address), parseEther('1'));
    const answer = await anvil.provider.getStorage(address, 0);
    expect(answer.slice(0, 10)).toBe(prizePoolInterfaces.pool.getError('Reentrant')?.selector);
    expect(await sharesOf(pool)).toBe((await pool.roundInfo(1)).prizeShares);
  });

  it('error: PaymentFailed to a receiver that refuses; it stays owed', async () => {
    const [pool, address] = await settledFor(() => '0x60006000fd');
    await expect(pool.withdrawPrincipal(1, address)).rejects.toMatchObject(refused('PaymentFailed'));
    expect(await pool.principalOf(1, address)).toBe(parseEther('1'));
  });
});

describe('the staked token', () => {
  it('default: its rate rises with yield, and nobody takes what others hold', async () => {
    const { pools } = await deployPrizePools(anvil);
    const { stakedToken } = pools[0] as DevnetPrizePool;
    const rate = (): Promise<bigint> => stakedToken.getFunction('rate').staticCall();
    const before = await rate();
    const wallet = stakedToken.connect(new Wallet(devAccounts[5].privateKey, anvil.provider));
    const staked = { address: await stakedToken.getAddress(), abi: stakedToken.interface };
    await transact(anvil, devAccounts[5].address, staked, 'stake', [], parseEther('2'));
    await transact(anvil, devAccounts[5].address, staked, 'addYield', [], parseEther('1'));
    expect(await rate()).toBeGreaterThan(before);
    const own: bigint = await stakedToken.getFunction('balanceOf').staticCall(devAccounts[5].address);
    expectRounded(await wallet.getFunction('unstake').staticCall(own), parseEther('3'));
    for (const [method, args] of [
      ['unstake', [own + 1n]],
      ['transfer', [ann, own + 1n]],
    ] as const) {
      await expect(wallet.getFunction(method).staticCall(...args)).rejects.toMatchObject(
        refused('NotEnoughShares'),
      );
    }
  });
});

type Step =
  | { readonly act: 'buy'; readonly account: string; readonly count: number }
  | { readonly act: 'addYield'; readonly wei: bigint }
  | { readonly act: 'commit' }
  | { readonly act: 'settle'; readonly late: boolean }
  | { readonly act: 'claim'; readonly rid: number }
  | { readonly act: 'withdraw'; readonly rid: number; readonly account: string };

const account = fc.constantFrom(ann, bob, eve);
const rid = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('buy'), account, count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('addYield'), wei: fc.bigInt(1n, parseEther('3')) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('commit') }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('settle'), late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('claim'), rid }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('withdraw'), rid, account }) },
) as fc.Arbitrary<Step>;

describe('conservation', () => {
  async function take(pool: DevnetPrizePool, next: Step): Promise<void> {
    const current = await pool.currentRoundId();
    if (next.act === 'buy') await pool.buyTickets(next.account, next.count);
    if (next.act === 'addYield') await pool.addYield(next.wei);
    if (next.act === 'claim') await pool.claimPrize(next.rid);
    if (next.act === 'withdraw') await pool.withdrawPrincipal(next.rid, next.account);
    if (next.act === 'settle') {
      await pool.mineToTarget(current - 1, next.late ? drawWindowBlocks + 1 : 1);
      await pool.settle(current - 1);
    }
    if (next.act === 'commit') {
      await anvil.time.moveTo(await pool.eligibleAt(current));
      await pool.commit(current);
    }
  }

  /** Returns the shares that the pool owes: to buyers, and to winners. */
  async function owed(pool: DevnetPrizePool): Promise<bigint> {
    let shares = 0n;
    for (let id = await pool.currentRoundId(); id > 0; id--) {
      const round = await pool.roundInfo(id);
      if (round.state === 'Open' || round.state === 'Committed') shares += round.totalShares;
      else shares += (await pool.contract.getFunction('refundOf').staticCall(id)).shares;
      if (!round.prizeClaimed) shares += round.prizeShares;
    }
    return shares;
  }

  /** Ends the current round, then pays everything out. */
  async function drain(pool: DevnetPrizePool): Promise<void> {
    const last = await pool.currentRoundId();
    await take(pool, { act: 'commit' });
    for (let id = 1; id <= last; id++) {
      if ((await pool.roundInfo(id)).state === 'Committed') await pool.mineToTarget(id);
      if ((await pool.roundInfo(id)).state === 'Committed') await pool.settle(id);
      const { state, prizeClaimed } = await pool.roundInfo(id);
      if (state === 'Settled' && !prizeClaimed) await pool.claimPrize(id);
      for (const buyer of [ann, bob, eve]) {
        const principal = await pool.principalOf(id, buyer);
        if (principal === 0n) continue;
        expect(await pool.withdrawPrincipal(id, buyer)).toBeGreaterThanOrEqual(principal - roundingWei);
      }
    }
  }

  it('property: whatever people do, the pool’s stake is what it owes, and all of it can be paid out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async steps => {
        const pool = await newPool();
        for (const next of steps) {
          await take(pool, next).catch((error: unknown) => {
            if (!isCallException(error)) throw error;
          });
          expect(await sharesOf(pool)).toBe(await owed(pool));
          expect(await anvil.provider.getBalance(pool.address)).toBe(0n);
        }
        await drain(pool);
        expect([await sharesOf(pool), await owed(pool)]).toEqual([0n, 0n]);
      }),
      { numRuns: 8 },
    );
  });
});
