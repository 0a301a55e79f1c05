import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type DevnetPrizePool,
  deployPrizePools,
  type MisbehavingPool,
  type Misbehaviour,
  misbehavingPool,
  prizePoolInterfaces,
  roles,
  startAnvil,
} from '../src/index.ts';
import { until } from '../src/until.ts';

let anvil: Anvil;
let pool: DevnetPrizePool;
let odd: MisbehavingPool;

beforeAll(async () => {
  anvil = await startAnvil();
  const devnet = await deployPrizePools(anvil);
  [pool] = devnet.pools as [DevnetPrizePool];
  odd = await misbehavingPool(anvil, pool);
});
afterAll(() => anvil.stop());

/** Returns a node's answer to a simulation of the call. */
const simulated = (name: string, args: readonly unknown[] = []) =>
  anvil.provider.send('eth_call', [
    {
      from: roles.bot.address,
      to: pool.address,
      data: prizePoolInterfaces.pool.encodeFunctionData(name, args),
    },
    'latest',
  ]);

/** Returns whether the call succeeds as a transaction, and its events. */
async function mined(name: string, args: readonly unknown[]) {
  const data = prizePoolInterfaces.pool.encodeFunctionData(name, args);
  const hash = await anvil.send('eth_sendTransaction', [
    { from: roles.bot.address, to: pool.address, data, gas: '0x100000' },
  ]);
  // Not `waitForTransaction`: on a chain without further blocks it waits for ever where the receipt came a moment later.
  const receipt = await until('mined', () => anvil.provider.getTransactionReceipt(hash as string));
  const events = receipt.logs.map(log => prizePoolInterfaces.pool.parseLog(log)?.name);
  return { succeeded: receipt.status === 1, events };
}

describe('a pool that can be told to misbehave', () => {
  it('default: behaves as the real one, with the same state, while no rule is given', async () => {
    await pool.buyTickets();
    expect(await pool.roundInfo(1)).toMatchObject({ state: 'Open', totalTickets: 1 });
    await expect(pool.commit(1)).rejects.toMatchObject({ revert: { name: 'SalesNotEnded' } });
    await expect(pool.settle(1)).rejects.toMatchObject({ revert: { name: 'BadState' } });
    await pool.pause();
    await pool.unpause();
    expect((await pool.events()).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['RoundStarted', 'TicketsBought', 'Paused', 'Unpaused']),
    );
  });

  it.each<[string, Misbehaviour, object]>([
    [
      'a text with any characters',
      { revertsWithText: 'a\0b\u001b[31m\u202e' },
      { revert: { args: ['a\0b\u001b[31m\u202e'] } },
    ],
    ['one of its errors', { revertsWithError: 'NotOwner' }, { revert: { name: 'NotOwner' } }],
    ['unknown bytes', { revertsWithData: '0xdeadbeef' }, { data: '0xdeadbeef' }],
    ['all of its gas', 'burns', { code: 'CALL_EXCEPTION' }],
  ])('behavior: a view reverts with %s', async (_, misbehaviour, error) => {
    await odd.rule('currentRoundId', misbehaviour);
    await expect(pool.currentRoundId()).rejects.toMatchObject(error);
    await odd.rule('currentRoundId', 'honest');
    expect(await pool.currentRoundId()).toBe(1);
  });

  it('behavior: a view returns given values, or bytes that are no answer', async () => {
    const huge = 2n ** 256n - 1n;
    await odd.rule('nextExecutable', { returns: [huge, 3] });
    expect(await pool.contract.getFunction('nextExecutable').staticCall()).toEqual([huge, 3n]);
    await odd.rule('nextExecutable', { returnsData: '0x1234' });
    expect(await simulated('nextExecutable')).toBe('0x1234');
    await odd.rule('nextExecutable', 'honest');
    expect(await pool.nextExecutable()).toEqual({ rid: 1, action: 'None' });
  });

  it('behavior: a rule for one call goes before its function’s, and leaves other arguments alone', async () => {
    const eligibleAt = await pool.eligibleAt(2);
    await odd.rule(['getCommitAfterTime', 1], { revertsWithText: 'not this one' });
    await expect(pool.eligibleAt(1)).rejects.toMatchObject({ revert: { args: ['not this one'] } });
    expect(await pool.eligibleAt(2)).toBe(eligibleAt);
    await odd.rule(['getCommitAfterTime', 1], 'honest');
  });

  it('behavior: refuses until a time, or a block, and then no more', async () => {
    const { timestamp } = await anvil.time.latest();
    await odd.rule('paused', { revertsWithText: 'later' }, { untilTime: timestamp + 100 });
    await expect(pool.isPaused()).rejects.toThrow();
    await anvil.time.moveTo(timestamp + 100);
    expect(await pool.isPaused()).toBe(false);

    const { number } = await anvil.time.latest();
    await odd.rule('paused', { revertsWithText: 'later' }, { untilBlock: number + 3 });
    await expect(pool.isPaused()).rejects.toThrow();
    await anvil.time.mine(2);
    expect(await pool.isPaused()).toBe(false);
  });

  it('behavior: misbehaves in some blocks only', async () => {
    await odd.rule('paused', { revertsWithText: 'not in this block' }, { everyBlocks: 2 });
    const answers: boolean[] = [];
    for (let i = 0; i < 4; i += 1) {
      const { number } = await anvil.time.mine();
      const answered = await pool.isPaused().then(
        () => true,
        () => false,
      );
      answers.push(answered === (number % 2 === 1));
    }
    expect(answers).toEqual([true, true, true, true]);
    await odd.rule('paused', 'honest');
  });

  it('behavior: succeeds with its event and changes nothing', async () => {
    await odd.rule('commit', { emits: 'RoundCommitted', args: [1, 99] });
    expect(await mined('commit', [1])).toEqual({ succeeded: true, events: ['RoundCommitted'] });
    expect(await pool.currentRoundId()).toBe(1);
    await odd.rule('commit', { returnsData: '0x' });
    expect(await mined('commit', [1])).toEqual({ succeeded: true, events: [] });
    await odd.rule('commit', 'honest');
  });

  it('behavior: reverts in a block what it accepts when it is simulated', async () => {
    await anvil.time.moveTo(await pool.eligibleAt(1));
    await odd.rule('commit', { revertsWithError: 'BadState' }, { minedOnly: true });
    expect(await simulated('commit', [1])).toBe('0x');
    expect(await mined('commit', [1])).toEqual({ succeeded: false, events: [] });
    await odd.rule('commit', 'honest');
    expect(await mined('commit', [1])).toMatchObject({ succeeded: true });
    expect((await pool.roundInfo(1)).state).toBe('Committed');
  });
});
