import { appendFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DevnetPrizePool, joinDevnet } from '@service-bots/devnet';
import { ZeroAddress } from 'ethers';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { outcomeOf } from '../src/run.ts';
import { until } from '../src/until.ts';

let checkout: Checkout;
let deployment: Deployment;

beforeAll(async () => {
  checkout = await openCheckout();
  deployment = new Deployment(checkout, 'e2e-keeper', { KEEPER_INTERVAL_MS: '1000' });
  deployment.checkHealthOften();
});
afterAll(async () => {
  await deployment.remove();
  checkout.remove();
});

const set = (line: string) => appendFileSync(join(checkout.folder, `.env.${deployment.chain}`), `${line}\n`);

it('the keeper in its container drives a prize pool', async () => {
  const { code, stdout } = await deployment.setUp('--keeper', '--anvil');
  expect(code).toBe(0);
  expect(stdout).toContain('.env.e2e-keeper:POOL_ADDRESSES_V2');
  set('ANVIL_PRIZE_POOLS=1');
  await deployment.compose('up', '-d', '--build', '--wait', 'anvil');
  const host = await deployment.addressOf('anvil');
  const { chain, prizePools } = await joinDevnet(`http://${host}:8545`, `http://${host}:8546`);
  const pool = new DevnetPrizePool(chain, prizePools[0] ?? '', ZeroAddress);
  const round = await pool.currentRoundId();
  await pool.buyTickets();

  set(`POOL_ADDRESSES_V2=${pool.address}`);
  expect(await deployment.make('up')).toMatchObject({ code: 0 });
  await chain.time.moveTo(await pool.eligibleAt(round));
  await until('the round to be committed', async () => (await pool.currentRoundId()) > round);
  await until('its draw to be settled', async () => (await pool.roundInfo(round)).state === 'Settled');
  chain.provider.destroy();
});

it('is redeployed from a checkout without git; what cannot be gone back to is not offered', async () => {
  renameSync(join(checkout.folder, '.git'), join(checkout.home, 'git'));
  const image = `service-bots/keeper:${deployment.project}`;
  const same = await deployment.make('redeploy', { BOT: 'keeper', IMAGE: image });
  expect(same).toMatchObject({
    code: 0,
    all: expect.stringContaining('there is none before it to go back to'),
  });
  expect(await deployment.make('rollback', { BOT: 'keeper' })).toMatchObject({
    all: expect.stringContaining('there is no image of keeper from before'),
  });
  const { code, all } = await deployment.make('redeploy', { BOT: 'keeper' });
  expect(all).toMatch(
    /keeper is healthy on service-bots\/keeper:files-[0-9a-f]{12}; .*make rollback BOT=keeper/,
  );
  expect(all).not.toMatch(/fatal|parsing reference/);
  expect(code).toBe(0);
  renameSync(join(checkout.home, 'git'), join(checkout.folder, '.git'));
});

it('moves to another host with its settings, its key and all that it remembers', async () => {
  deployment.putSecret('PRIVATE_KEY', 'the-key');
  const volume = `${deployment.project}_keeper-state`;
  const inVolume = (command: string) =>
    deployment.docker(
      ...['run', '--rm', '--user', '0', '--volume', `${volume}:/state`, 'node:24-bookworm-slim'],
      ...['sh', '-c', command],
    );
  // The bots had another user there.
  const listed = "cd /state && find . -type f -exec sha256sum {} + | sort && find . -type f -printf '%u ' ";
  const before = await inVolume(`chown -R 4242 /state && ${listed}`);
  expect(before).toContain('4242');
  const file = join(checkout.home, 'backup');
  const elsewhere = await openCheckout();
  const at = (folder: string, script: string) =>
    outcomeOf('bash', ['-c', script], { cwd: folder, env: { CHAIN: deployment.chain } });
  try {
    expect(await at(checkout.folder, `docker/backup.sh >${file}`)).toMatchObject({ code: 0 });
    expect(await at(checkout.folder, `docker/restore.sh <${file}`)).toMatchObject({
      code: 2,
      all: expect.stringContaining('not overwritten'),
    });
    const refused = (reason: string) => ({ code: 2, all: expect.stringContaining(reason) });
    const restored = `docker/restore.sh <${file}`;
    expect(await at(elsewhere.folder, restored)).toMatchObject(refused('has containers of'));
    await deployment.compose('down');
    expect(await at(elsewhere.folder, restored)).toMatchObject(refused(`docker volume rm ${volume}`));
    const truncated = 'head -c 20480 | docker/restore.sh';
    expect(await at(elsewhere.folder, `<${file} ${truncated}`)).toMatchObject(refused('is incomplete'));
    await deployment.compose('down', '--volumes');
    rmSync(deployment.secretsFolder, { recursive: true });
    const { code, all } = await at(elsewhere.folder, `docker/restore.sh <${file}`);
    expect(all).toContain('once they run nowhere else');
    expect(code).toBe(0);
    expect(deployment.secret('PRIVATE_KEY')).toBe('the-key');
    expect(readdirSync(elsewhere.folder)).toContain(`.env.${deployment.chain}`);
    expect(await inVolume(listed)).toBe(before.replaceAll(/\b4242\b/g, 'node'));
    expect((await deployment.inspect('keeper')).State.Status).toBe('created');
    // A container that was never started is awaited like any other, up to its own reason.
    expect(await at(elsewhere.folder, 'docker/up.sh')).toMatchObject({
      code: 1,
      all: expect.stringMatching(/keeper is not healthy: .*PRIVATE_KEY/),
    });
  } finally {
    elsewhere.remove();
  }
});
