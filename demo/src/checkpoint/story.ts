import { type DevnetPool, type Exit, interfaces, roles } from '@service-bots/devnet';
import { parseUnits, toQuantity } from 'ethers';
import type { Step } from '../act.ts';
import { duration, moment, short } from '../format.ts';
import { ending } from '../verdict.ts';
import { poolNames } from './pools.ts';
import type { CheckpointScene } from './scene.ts';

/** The notes of a step for the verdicts. */
export interface Notes {
  downtime: { from: number; until: number };
  exit: Exit | undefined;
}

const { dai, usdc, gho } = poolNames;
const { trader, otherTrader, competitor, bot } = roles;

/**
 * The positions, their traders and their days; each matures a week later. Days and hours count from the
 * story's first midnight.
 */
const openings = [
  { day: 0, hour: 1, pool: dai, long: '6000' },
  { day: 0, hour: 11, pool: usdc, short: '8000' },
  { day: 1, hour: 1, pool: dai, short: '9000' },
  { day: 1, hour: 1, pool: gho, long: '4000', short: '7500' },
  { day: 2, hour: 1, pool: dai, long: '2500', short: '5000' },
  { day: 3, hour: 1, pool: dai, long: '3200' },
  { day: 4, hour: 1, pool: dai, short: '9500' },
  { day: 4, hour: 15, pool: usdc, long: '4400' },
  { day: 5, hour: 1, pool: dai, long: '1800' },
  { day: 5, hour: 1, pool: gho, short: '3000' },
  { day: 6, hour: 1, pool: dai, long: '7000', short: '2000' },
] as const satisfies readonly { day: number; hour: number; pool: string; long?: string; short?: string }[];

/** The act, step by step. */
export function story(scene: CheckpointScene, notes: Notes): readonly Step[] {
  return [
    {
      title: 'Start a chain',
      async play() {
        const { rpcUrl, chainId } = await scene.stage.startChain({ timestamp: scene.firstDay });
        return `anvil at ${rpcUrl}, chain ${chainId}, its clock at ${moment(scene.firstDay)}`;
      },
    },
    {
      title: 'Deploy Hyperdrive v1.0.20',
      async play() {
        const { registry, pools } = await scene.deploy();
        return `${pools.map(({ name }) => name).join(', ')} in registry ${short(registry)}`;
      },
    },
    {
      title: 'Traders open positions that last a week',
      async play() {
        let count = 0;
        for (const { day, hour, pool: name, ...sides } of openings) {
          const pool = scene.pool(name);
          if ((await scene.anvil.time.latest()).timestamp < scene.at(day, hour))
            await scene.moveTo(day, hour);
          if ('long' in sides) await pool.openLong(units(pool, sides.long), trader.address);
          if ('short' in sides) await pool.openShort(units(pool, sides.short), otherTrader.address);
          count += Object.keys(sides).length;
        }
        return `${count} longs and shorts, on seven days`;
      },
    },
    {
      title: `Pause ${gho}`,
      async play() {
        await scene.moveTo(6, 12);
        await scene.pool(gho).pause();
        return 'nobody can trade in it; its checkpoints still have to be minted';
      },
    },
    {
      title: 'Start the bot',
      async play() {
        const { pid } = await scene.startBot();
        return `node bots/checkpoint/dist/main.js, process ${pid}, wallet ${short(bot.address)}`;
      },
    },
    {
      title: 'Two checkpoints mature in two pools',
      async play() {
        await scene.moveTo(7, 11.5);
        await scene.untilMinted({ pool: usdc, time: scene.at(7, 11) });
        await scene.moveTo(7, 12);
        await scene.untilMinted({ pool: dai, time: scene.at(7) });
        return 'half of each is left to others, then the bot mints';
      },
    },
    {
      title: 'One in the paused pool too',
      async play() {
        await scene.moveTo(8, 12);
        await scene.untilMinted({ pool: dai, time: scene.at(8) }, { pool: gho, time: scene.at(8) });
        return 'minted like any other';
      },
    },
    {
      title: 'A competitor is faster',
      async play() {
        await race(scene, scene.pool(dai), scene.at(9), scene.at(9, 12));
        return 'both in one block, the competitor first; to the bot it is done';
      },
    },
    {
      title: 'A trade mints on its way',
      async play() {
        await scene.moveTo(10, 0.5);
        const pool = scene.pool(dai);
        await pool.openLong(units(pool, '5000'), trader.address);
        return 'whoever trades first in a checkpoint mints it';
      },
    },
    {
      title: 'Stop the bot',
      async play() {
        notes.downtime.from = (await scene.anvil.time.latest()).timestamp;
        notes.exit = await scene.stage.stopBot();
        return `SIGTERM, ${ending(notes.exit)}`;
      },
    },
    {
      title: 'Time goes on without it',
      async play() {
        for (const day of [11, 12]) await scene.moveTo(day, 12);
        await scene.moveTo(13, 1);
        const missed = [
          { pool: dai, time: scene.at(11) },
          { pool: usdc, time: scene.at(11, 15) },
          { pool: dai, time: scene.at(12) },
          { pool: gho, time: scene.at(12) },
        ];
        let unminted = 0;
        for (const { pool, time } of missed)
          if ((await scene.pool(pool).checkpointPrice(time)) === 0n) unminted += 1;
        return `${unminted} checkpoints with matured positions, and nobody to mint them`;
      },
    },
    {
      title: 'Start the bot again',
      async play() {
        const { timestamp } = await scene.anvil.time.latest();
        notes.downtime.until = timestamp;
        await scene.startBot();
        await scene.untilMinted(
          { pool: dai, time: scene.at(11) },
          { pool: usdc, time: scene.at(11, 15) },
          { pool: dai, time: scene.at(12) },
          { pool: gho, time: scene.at(12) },
        );
        return `down for ${duration(timestamp - notes.downtime.from)}, it back-fills everything at once`;
      },
    },
    {
      title: 'Back to every day',
      async play() {
        await scene.moveTo(13, 12);
        await scene.untilMinted({ pool: dai, time: scene.at(13) });
        return 'the bot is on time again';
      },
    },
  ];
}

/** The bot and the competitor call for the same checkpoint in the same block; the competitor comes first. */
async function race(
  scene: CheckpointScene,
  pool: DevnetPool,
  checkpoint: number,
  due: number,
): Promise<void> {
  const { anvil, stage } = scene;
  const sent = (when: 'latest' | 'pending') => anvil.provider.getTransactionCount(bot.address, when);
  await anvil.time.setAutomine(false);
  try {
    await anvil.time.moveTo(due);
    await stage.until(
      'the bot’s transaction to be sent',
      async () => (await sent('pending')) > (await sent('latest')),
    );
    const transaction = {
      from: competitor.address,
      to: pool.address,
      data: interfaces.hyperdrive.encodeFunctionData('checkpoint', [checkpoint, 0n]),
      gas: toQuantity(1_000_000),
      maxFeePerGas: toQuantity(parseUnits('100', 'gwei')),
      maxPriorityFeePerGas: toQuantity(parseUnits('50', 'gwei')),
    };
    await anvil.send('eth_sendTransaction', [transaction]);
    await anvil.time.mine();
  } finally {
    await anvil.time.setAutomine(true);
  }
  await stage.until('the bot to see who won', async () => {
    const { inFlight } = await stage.bot.status<{ inFlight: unknown[] }>();
    return inFlight.length === 0;
  });
}

function units(pool: DevnetPool, text: string): bigint {
  return parseUnits(text, pool.decimals);
}
