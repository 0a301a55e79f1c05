import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  openAlertsOf,
  openSmallDisk,
  raised,
  resolved,
  type SmallDisk,
  until,
} from '@service-bots/devnet';
import { envOf, openScene, openVault, type Scene, type Vault } from './scene.ts';
import { over, watching } from './watch.ts';

let scene: Scene;
let disk: SmallDisk;
let vault: Vault;

beforeAll(async () => {
  scene = await openScene([]);
});
beforeEach(async () => {
  disk = openSmallDisk();
  vault = await openVault(scene);
  await scene.moveTo(vault.anchor - 30);
});
afterEach(async () => {
  await scene.killKeepers();
  disk.close();
});
afterAll(() => scene.close());

async function start(): Promise<BotProcess> {
  const keeper = await scene.startKeeper({
    ...envOf([vault]),
    PRIVATE_KEY: (await scene.wallet()).privateKey,
    STATE_DIR: disk.path,
  });
  await watching(keeper);
  return keeper;
}

/** Lets the anchor come, and asserts that commit and draw are in time. */
async function drivesTheRound(): Promise<void> {
  await scene.moveTo(vault.anchor - 4);
  expect(await over(vault.pool, 1)).toBe('Settled');
}

describe('a state folder that fails', () => {
  it('a full disk keeps no draw from being made, and is critical until there is room again', async () => {
    const keeper = await start();
    disk.fill();
    await drivesTheRound();
    const { message } = await raised(keeper, 'state-unusable', 'critical');
    expect(message).toContain('the journal of transactions cannot be written');
    expect(message).toContain('ENOSPC');
    disk.free();
    await resolved(keeper, 'state-unusable');
  });

  it('a folder that becomes read-only keeps no draw from being made; the bot lives on, and starts anew once it can write', async () => {
    const keeper = await start();
    disk.setReadOnly(true);
    await drivesTheRound();
    await until('the missing lease is critical', async () =>
      (await openAlertsOf(keeper, 'state-unusable')).find(({ message }) =>
        message.includes('whether another copy is at work'),
      ),
    );
    disk.setReadOnly(false);
    expect(await keeper.exited).toEqual({ code: 75, signal: null });
  });

  it('a folder that is read-only at the start does not end the bot, which drives the round', async () => {
    disk.setReadOnly(true);
    const keeper = await start();
    await raised(keeper, 'state-unusable', 'critical');
    await drivesTheRound();
    disk.setReadOnly(false);
    expect(await keeper.exited).toEqual({ code: 75, signal: null });
  });
});
