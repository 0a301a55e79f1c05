import {
  type BotProcess,
  daySeconds,
  deployHyperdrive,
  type Row,
  startAnvil,
  timeOf,
} from '@service-bots/devnet';
import { startBot } from './bot.ts';

const missed = 50;

/**
 * Measures how long a bot takes after a downtime to mint 50 missed checkpoints of one pool, with a block a
 * second.
 */
export async function measureBackFill(): Promise<Row[]> {
  const anvil = await startAnvil({ blockTime: 1 });
  let bot: BotProcess | undefined;
  try {
    // Positions longer than the time in which they are opened; otherwise trades would mint the checkpoints of
    // their maturity.
    const longPool = { name: 'Bench', positionDuration: 60 * daySeconds, checkpointDuration: daySeconds };
    const devnet = await deployHyperdrive(anvil, { pools: [longPool], paused: [] });
    const pool = devnet.pool(longPool.name);
    for (let day = 0; day < missed; day += 1) {
      await anvil.time.increase(daySeconds);
      await pool.openShort(100n * 10n ** BigInt(pool.decimals));
    }
    await anvil.time.increase(longPool.positionDuration + daySeconds);
    bot = startBot(devnet, {});
    const { lines } = bot;
    const minted = () => lines.filter(({ message }) => message.startsWith('minted checkpoint'));
    await bot.waitForLine(() => minted().length >= missed, 90_000);
    const blocks = minted().map(({ block }) => Number(block));
    const [watching] = lines.filter(({ message }) => message === 'watching').map(timeOf);
    const end = Math.max(...minted().map(timeOf));
    return [
      {
        what: `back-fill of ${missed} missed checkpoints`,
        figure: `${((end - (watching ?? Number.NaN)) / 1_000).toFixed(1)} s, in ${new Set(blocks).size} blocks`,
      },
    ];
  } finally {
    await bot?.stop('SIGKILL');
    await anvil.stop();
  }
}
