import { fileURLToPath } from 'node:url';
import {
  deployHyperdrive,
  measureMemoryOf,
  openBotGroup,
  type Row,
  roles,
  startAnvil,
  until,
  weeklyPool,
} from '@service-bots/devnet';

const rounds = 300;
const pools = 10;
const entry = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Measures the resident memory of the bot over rounds a second apart, with the logs of production. */
export async function measureMemory(): Promise<Row[]> {
  const anvil = await startAnvil({ blockTime: 1 });
  const bots = openBotGroup(entry, 'LPANDARB_BOT_KEY');
  try {
    const names = Array.from({ length: pools }, (_, i) => weeklyPool(`Memory ${i + 1}`));
    const devnet = await deployHyperdrive(anvil, { pools: names, paused: [] });
    const bot = bots.start({
      RPC_URL: anvil.rpcUrl,
      REGISTRY_ADDRESS: devnet.registry,
      LPANDARB_BOT_KEY: roles.bot.privateKey,
      LPANDARB_POOLS: devnet.pools.map(({ address }) => address).join(),
      CAPITAL_PER_POOL: '1000',
      NATIVE_IN_BASE: '3000',
      INVARIANT_UNWATCHED: 'true',
      LOOK_SECONDS: '1',
      DISCOVERY_SECONDS: '10',
      STATUS_PORT: '0',
      LOG_LEVEL: 'info',
    });
    await bot.waitForLine(({ message }) => message === 'watching');
    await until('the first round', async () =>
      (await bot.get('/metrics'))?.body.includes('\nbot_rounds_total{'),
    );
    return await measureMemoryOf(bot, { about: `${pools} pools`, rounds, mostMB: 110, timeoutMs: 600_000 });
  } finally {
    await bots.close();
    await anvil.stop();
  }
}
