import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, deployPrizePools, roles, startAnvil } from '@service-bots/devnet';
import { iso, openStage, type Stage, until, works } from './stage.ts';

const wallet = `0x${'12'.repeat(20)}`;
const ether = 10n ** 18n;

describe('a chain that the watchtower reads itself', () => {
  let anvil: Anvil;
  let stage: Stage;
  beforeAll(async () => {
    [anvil, stage] = await Promise.all([startAnvil(), openStage()]);
  });
  afterAll(async () => {
    await Promise.all([stage.close(), anvil.stop()]);
  });
  const setBalance = (wei: bigint) => anvil.send('anvil_setBalance', [wallet, `0x${wei.toString(16)}`]);

  it('raises the round that is due, the draw with few blocks left and the empty wallet, whatever the keeper says', async () => {
    const { pools } = await deployPrizePools(anvil);
    const [pool] = pools;
    if (!pool) throw new Error('there is a pool');
    await pool.buyTickets();
    // The round has been committable for ten minutes, and its anchor was five minutes ago.
    await anvil.time.increase(7 * 86_400 + 300);
    await setBalance(3n * ether);
    const says = (over: Record<string, unknown>) =>
      works('keeper', {
        chain: { id: anvil.chainId, name: 'devnet' },
        pools: [
          { address: pool.address, name: 'Vault A', next: { what: 'commit', at: iso(Date.now() + 9e8) } },
        ],
        wallet: {
          address: wallet,
          currency: 'MON',
          balanceWei: `${9n * ether}`,
          actionsLeft: 900,
          functions: [],
        },
        ...over,
      });
    stage.answers = { keeper: says({}) };
    const { bot, overview } = await stage.start({
      STATE_DIR: join(stage.folder, 'chain'),
      WATCHTOWER_TARGETS: `keeper=${stage.bots.url}/keeper`,
      WATCHTOWER_RPC_URL: anvil.rpcUrl,
    });
    const checks = async () => {
      const shown = await overview();
      return shown.alerts.map(({ check, severity, message }) => ({ check, severity, message, shown }));
    };
    const raised = (check: string) => until(checks, all => all.some(each => each.check === check));
    const over = (check: string) => until(checks, all => all.every(each => each.check !== check));

    const [due] = await raised('round-due');
    expect(due).toMatchObject({ severity: 'critical', message: expect.stringContaining('is not committed') });
    const read = await until(overview, ({ wallets }) => wallets[0]?.isRead === true);
    expect(read.wallets[0]).toMatchObject({ balanceWei: `${3n * ether}`, actionsLeft: 300 });

    // The pool has left every list. Its alert ends, and is raised again with the pool's return.
    stage.answers.keeper = says({ pools: [] });
    await over('round-due');
    stage.answers.keeper = says({});
    await raised('round-due');

    await setBalance(0n);
    await raised('wallet-runway');
    // This holds for a stopped keeper as well, with a watchtower that was started later.
    stage.answers.keeper = () => 'refuse';
    await bot.stop('SIGKILL');
    const next = await stage.start({
      STATE_DIR: join(stage.folder, 'chain'),
      WATCHTOWER_TARGETS: `keeper=${stage.bots.url}/keeper`,
      WATCHTOWER_RPC_URL: anvil.rpcUrl,
    });
    const open = () => next.overview().then(({ alerts }) => alerts.map(({ check }) => check));
    await setBalance(3n * ether);
    await until(open, all => !all.includes('wallet-runway') && all.includes('round-due'));
    expect((await next.overview()).wallets[0]).toMatchObject({ balanceWei: `${3n * ether}`, isRead: true });

    await pool.commit(1, roles.trader.address);
    await until(open, all => !all.includes('round-due'));
    await anvil.time.mine(3 + 100);
    await until(open, all => all.includes('round-due'));
    expect((await next.overview()).alerts.find(({ check }) => check === 'round-due')).toMatchObject({
      severity: 'critical',
      message: expect.stringMatching(/is not settled: 15\d of 255 blocks are left/),
    });
    await pool.settle(1, roles.trader.address);
    await until(open, all => !all.includes('round-due'));
  });
});
