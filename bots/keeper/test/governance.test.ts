import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  openAlertsOf,
  raised,
  resolved,
  roles,
  until,
} from '@service-bots/devnet';
import { parseEther } from 'ethers';
import { day, hour, openScene, type Scene } from './scene.ts';
import { alertLines, looks, over, watching } from './watch.ts';

let scene: Scene;
let pool: DevnetPrizePool;
let keeper: BotProcess;

beforeAll(async () => {
  scene = await openScene([{}]);
  [pool] = scene.prizePools.pools as [DevnetPrizePool];
});
afterEach(() => keeper.stop('SIGKILL'));
afterAll(() => scene.close());

const start = async (env: Record<string, string> = {}) => {
  keeper = await scene.startKeeper({ KEEPER_GOVERNANCE_SECONDS: '10', ...env });
  await watching(keeper);
};
/** Makes the earlier blocks final, and moves to the next look at events. */
const nextLook = async (afterSeconds = 15) => {
  await scene.anvil.time.mine(4);
  await scene.moveTo((await scene.now()) + afterSeconds);
};
const notices = (check: string) =>
  keeper.lines.filter(line => line.check === check && line.message.startsWith('alert opened'));

describe('changes by the owner of a pool', () => {
  it('pausing is a warning until it is over; rounds go on meanwhile', async () => {
    await pool.buyTickets();
    await start();
    await pool.pause();
    expect(await raised(keeper, 'pool-paused', 'warning')).toMatchObject({ pool: pool.address });
    await scene.moveTo(await pool.eligibleAt(1));
    expect(await over(pool, 1)).toBe('Settled');
    expect(await openAlertsOf(keeper, 'pool-paused')).toHaveLength(1);
    await pool.unpause();
    await resolved(keeper, 'pool-paused');
    expect(alertLines(keeper, 'pool-paused')).toEqual(['warning', 'info']);
    await nextLook();
    await looks(keeper, 2);
    expect(alertLines(keeper, 'pool-was-paused')).toEqual([]);
  });

  it('reports a pause that began and ended while the keeper was down, with its blocks and its length', async () => {
    const STATE_DIR = scene.stateDir();
    await start({ STATE_DIR });
    await keeper.stop();
    await pool.pause();
    await scene.moveTo((await scene.now()) + 3 * hour);
    await pool.unpause();
    await scene.anvil.time.mine(5);
    await start({ STATE_DIR });
    const { message } = await raised(keeper, 'pool-was-paused', 'warning');
    expect(message).toMatch(
      /it was paused from block \d+ \(.*Z\) to block \d+ \(.*Z\), for 3 h.*: no tickets could be bought meanwhile; rounds were still committed and settled/,
    );
    await looks(keeper, 2);
    expect(alertLines(keeper, 'pool-paused')).toEqual([]);
    await keeper.stop();
    await start({ STATE_DIR });
    await looks(keeper, 2);
    expect(alertLines(keeper, 'pool-was-paused')).toEqual([]);
  });

  it('does not report a raised pause again that ended while the keeper was down', async () => {
    const STATE_DIR = scene.stateDir();
    await start({ STATE_DIR });
    await pool.pause();
    await raised(keeper, 'pool-paused', 'warning');
    await nextLook();
    await looks(keeper, 2);
    await nextLook();
    await looks(keeper, 2);
    await keeper.stop();
    await pool.unpause();
    await scene.anvil.time.mine(5);
    await start({ STATE_DIR });
    await resolved(keeper, 'pool-paused');
    expect(alertLines(keeper, 'pool-was-paused')).toEqual([]);
  });

  it('raises the offer and the transfer of a pool separately, and ends both after a day', async () => {
    await start();
    await pool.transferOwnership(roles.otherTrader.address, false);
    await nextLook();
    expect((await raised(keeper, 'owner-changed', 'error')).message).toContain(
      `${roles.deployer.address} offers the pool to ${roles.otherTrader.address}`,
    );
    await pool.contract
      .getFunction('acceptOwnership')
      .populateTransaction()
      .then(({ data }) =>
        scene.anvil.send('eth_sendTransaction', [
          { from: roles.otherTrader.address, to: pool.address, data },
        ]),
      );
    await until('accepted', async () => (await pool.owner()) === roles.otherTrader.address);
    await nextLook();
    await until('both are told', async () => notices('owner-changed').length === 2);
    expect(notices('owner-changed').at(-1)?.message).toContain(`belongs to ${roles.otherTrader.address} now`);
    await nextLook(day + 2 * hour);
    await resolved(keeper, 'owner-changed');
  });

  it('raises a new ticket price, also from while the keeper was down, and ends it after a day', async () => {
    const STATE_DIR = scene.stateDir();
    await start({ STATE_DIR });
    await pool.setTicketPrice(parseEther('2'));
    await nextLook();
    expect((await raised(keeper, 'ticket-price-changed', 'warning')).message).toContain(
      'a ticket costs 2.0 MON instead of 1.0 MON',
    );
    await keeper.stop();

    await pool.setTicketPrice(parseEther('3'));
    await scene.anvil.time.mine(50);
    await start({ STATE_DIR });
    await until('the new price is told', async () => notices('ticket-price-changed').length > 0);
    expect(notices('ticket-price-changed').map(({ message }) => message)).toEqual([
      expect.stringContaining('a ticket costs 3.0 MON instead of 2.0 MON'),
    ]);
    expect(await openAlertsOf(keeper, 'ticket-price-changed')).toHaveLength(2);
    await keeper.stop();

    await scene.moveTo((await scene.now()) + day + 2 * hour);
    await start({ STATE_DIR });
    await looks(keeper, 2);
    expect(await openAlertsOf(keeper, 'ticket-price-changed')).toEqual([]);
  });
});
