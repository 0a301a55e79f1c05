import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, roles, until, weeklyPool } from '@service-bots/devnet';
import { day, hour, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

/**
 * The deployer chooses a contract's name: this one steers a terminal, turns the line around and forges the
 * next one.
 */
const hostile = `six\0 \u001b[31m\u009b \u202eslamiced\u2028\n{"level":"critical"} %s \${7} ${'x'.repeat(500)}`;

let scene: Scene;
let bot: BotProcess | undefined;

beforeAll(async () => {
  scene = await openScene([
    weeklyPool('Weekly'),
    weeklyPool('Paused'),
    weeklyPool('Raced'),
    weeklyPool('Missed'),
    { name: hostile, decimals: 6, positionDuration: 7 * day, checkpointDuration: hour },
  ]);
});
afterAll(() => scene.close());

const ours = roles.bot.address;
const pool = (name: string) => scene.devnet.pool(name);
const minted = (name: string, checkpoint: number) =>
  until(
    `checkpoint ${checkpoint} of ${name} is minted`,
    async () => (await mintsOf(pool(name), checkpoint))[0],
  );

describe('while it runs', () => {
  it('mints a checkpoint with matured positions once half of it has passed, and not before', async () => {
    const maturity = await openPositions(pool('Weekly'));
    bot = scene.startBot();
    await bot.waitForLine(({ message }) => message === 'round completed');
    await moveInto(scene.anvil, maturity, day / 2 - 2 * hour);
    const { number } = await scene.anvil.time.latest();
    await bot.waitForLine(({ message, block }) => message === 'round completed' && Number(block) > number);
    expect(await mintsOf(pool('Weekly'), maturity)).toEqual([]);
    await moveInto(scene.anvil, maturity, day / 2);
    const mint = await minted('Weekly', maturity);
    expect(mint.by).toBe(ours);
  });

  it('leaves a checkpoint alone in which nothing matured', async () => {
    const latest = await pool('Weekly').latestCheckpointTime();
    await moveInto(scene.anvil, latest + day, 0.9 * day);
    const { number } = await scene.anvil.time.latest();
    await bot?.waitForLine(({ message, block }) => message === 'round completed' && Number(block) > number);
    expect(await mintsOf(pool('Weekly'), latest + day)).toEqual([]);
  });

  it('mints on a pool with a 6-decimal base, hourly checkpoints and a hostile name', async () => {
    const maturity = await openPositions(pool(hostile));
    await moveInto(scene.anvil, maturity, hour / 2 + 1);
    expect((await minted(hostile, maturity)).by).toBe(ours);
  });

  it('mints on a paused pool', async () => {
    const maturity = await openPositions(pool('Paused'));
    await pool('Paused').pause();
    await moveInto(scene.anvil, maturity, day / 2 + 1);
    expect((await minted('Paused', maturity)).by).toBe(ours);
    expect(await pool('Paused').isPaused()).toBe(true);
  });

  it('is content when another account minted first', async () => {
    const maturity = await openPositions(pool('Raced'));
    await moveInto(scene.anvil, maturity, 60);
    await pool('Raced').checkpoint(maturity, roles.competitor.address);
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const { number } = await scene.anvil.time.latest();
    await bot?.waitForLine(({ message, block }) => message === 'round completed' && Number(block) > number);
    expect((await mintsOf(pool('Raced'), maturity)).map(({ by }) => by)).toEqual([roles.competitor.address]);
    const status = JSON.parse((await bot?.get('/status'))?.body ?? '{}');
    expect(status.openAlerts).toEqual([]);
  });

  it('tells in /status what it did and what it waits for', async () => {
    const status = JSON.parse((await bot?.get('/status'))?.body ?? '{}');
    const paused = status.pools.find(({ name }: { name: string }) => name === 'Paused');
    expect(paused.lastAction.what).toMatch(/^minted checkpoint .* of Paused$/);
    expect(paused.lastAction.hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(Date.parse(paused.next.at)).toBeGreaterThan(Date.parse(status.head.time));
    expect((await bot?.get('/healthz'))?.code).toBe(200);
    expect((await bot?.get('/metrics'))?.body).toContain('bot_actions_total');
  });

  it('shows a hostile name in characters that neither steer a terminal nor begin a line', async () => {
    const shown = await Promise.all(
      (['/status', '/metrics', '/healthz'] as const).map(path => bot?.get(path)),
    );
    const texts = [bot?.output ?? '', ...shown.map(answer => answer?.body ?? '')];
    for (const text of texts) expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(texts[0]).toContain('six\\\\u0000 \\\\u001b[31m');
    for (const line of texts[0]?.trim().split('\n') ?? []) expect(JSON.parse(line).bot).toBe('checkpoint');
  });

  it('ends with exit code 0 on SIGTERM', async () => {
    expect(await bot?.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('after downtime', () => {
  it('back-fills every missed checkpoint with matured positions, each once, the dearest first', async () => {
    const maturities: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      maturities.push(await openPositions(pool('Missed')));
      await scene.anvil.time.increase(day);
    }
    await moveInto(scene.anvil, (maturities.at(-1) as number) + day, 60);
    expect(
      await Promise.all(maturities.map(async time => (await mintsOf(pool('Missed'), time)).length)),
    ).toEqual([0, 0, 0, 0, 0]);

    bot = scene.startBot();
    for (const maturity of maturities) expect((await minted('Missed', maturity)).by).toBe(ours);
    const { number } = await scene.anvil.time.latest();
    await bot.waitForLine(({ message, block }) => message === 'round completed' && Number(block) > number);
    const mints = (await Promise.all(maturities.map(maturity => mintsOf(pool('Missed'), maturity)))).flat();
    expect(mints).toHaveLength(maturities.length);
    // The newest of the run comes first: it ends the drift of the price of all.
    const [first] = mints.sort((a, b) => a.nonce - b.nonce);
    expect(first?.checkpoint).toBe(maturities.at(-1));
    await bot.stop();
  });
});

it('finds what was missed of the very first checkpoint of a chain', async () => {
  const young = await openScene([weeklyPool('First day')]);
  const first = young.devnet.pool('First day');
  const maturity = await openPositions(first);
  await moveInto(young.anvil, maturity, 10 * day);
  const late = young.startBot();
  await until('it is minted', async () => (await mintsOf(first, maturity)).length > 0);
  await late.stop();
  await young.close();
});
