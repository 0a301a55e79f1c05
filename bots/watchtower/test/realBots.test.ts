import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployHyperdrive, weeklyPool } from '@service-bots/devnet';
import { RealBots } from '../bench/realBots.ts';
import { troubles } from '../bench/troubles.ts';

/** A time after which the starts of a bot no longer count. */
const elevenMinutesMs = 11 * 60_000;

// All tests share one chain and one start of the processes, in this order.
describe('real bots, a real chain and a watchtower', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchtower-real-'));
  let bots: RealBots;
  beforeAll(async () => {
    bots = await RealBots.open(folder);
    bots.start('checkpoint');
    bots.start('invariant');
    await bots.startWatchtower(0.5);
    await bots.untilWell();
  });
  afterAll(async () => {
    await bots.close();
    rmSync(folder, { recursive: true });
  });

  it.each(troubles)(
    '$what is shown on the page, and its alert is resolved when the trouble ends',
    async ({ check, subject, begin, end }) => {
      await begin(bots);
      await bots.raised(check, subject);
      await end(bots);
      await bots.over(check);
    },
  );

  const restart = async (entry?: string, registry?: string) => {
    await bots.get('checkpoint').stop('SIGKILL');
    await bots.raised('bot-unreachable', 'checkpoint');
    bots.start('checkpoint', entry, registry);
    await bots.over('bot-unreachable');
  };

  it('a pool that is missing from the list of a bot', async () => {
    const other = await deployHyperdrive(bots.anvil, { pools: [weeklyPool('Another')], paused: [] });
    await restart(undefined, other.registry);
    await bots.raised('pool-unwatched', 'checkpoint');
    await bots.raised('pool-unwatched', 'registry@31337:checkpoint');
    await restart();
    await bots.over('pool-unwatched');
    await other.close();
  });

  it('a bot of another version, and one that is started over and over', async () => {
    await restart(bots.entryOfVersion('9.9.9'));
    expect((await bots.shown()).bots[0]).toMatchObject({ id: 'checkpoint', version: '9.9.9' });
    await bots.raised('bot-version', 'checkpoint');
    await restart();
    await bots.over('bot-version');
    await restart();
    await bots.raised('bot-restarting', 'checkpoint');
    await bots.get('watchtower').shiftClock(elevenMinutesMs);
    await bots.over('bot-restarting');
  });
});
