import { setTimeout as delay } from 'node:timers/promises';
import {
  type BotProcess,
  type Devnet,
  distribution,
  processFigures,
  type Row,
  startByteCounter,
  startProxy,
  timeOf,
} from '@service-bots/devnet';
import { startBot, waitUntilChecked } from './bot.ts';
import { poolsOf } from './pools.ts';

const blocks = 40;
const polledBlocks = 10;
const learningBlocks = 5;
const mostRequests = 2;
/** The demand applies to at most this many pools. */
const poolsInTwoRequests = 50;
const longestMs = 1_000;

/**
 * Measures the cost of a block, and the delay until it is checked: with a websocket, and by polling alone.
 */
export async function measurePerBlock(devnet: Devnet): Promise<Row[]> {
  const proxy = await startProxy(devnet.anvil);
  const counter = await startByteCounter(proxy.port);
  const byHint = startBot(devnet, {
    RPC_URI: counter.url,
    WS_RPC_URI: proxy.wsUrl,
    LOG_LEVEL: 'debug',
    BLOCK_TIME: '12',
  });
  try {
    await settle(devnet, byHint);
    const { cpuSeconds } = await processFigures(byHint);
    const bytes = counter.bytes;
    const requests: number[] = [];
    const lasted: number[] = [];
    for (let i = 0; i < blocks; i += 1) {
      // Notifications within a second of another count as one: no chain with blocks of 12 s has them.
      await delay(1_100);
      proxy.resetCounts();
      lasted.push(await mineAndWait(byHint, () => devnet.anvil.time.mine()));
      requests.push(proxy.httpRequests);
    }
    const cpuMs = (((await processFigures(byHint)).cpuSeconds - cpuSeconds) * 1_000) / blocks;
    const kilobytes = (counter.bytes - bytes) / blocks / 1_000;
    const polled = await measurePolling(devnet);
    const pools = poolsOf(devnet);
    return [
      {
        what: `HTTP requests a block, ${pools}`,
        figure: `${distribution(requests)} (${kilobytes.toFixed(0)} kB, ${cpuMs.toFixed(0)} ms CPU)`,
        ...(devnet.pools.length <= poolsInTwoRequests
          ? { target: `≤ ${mostRequests}`, met: Math.max(...requests) <= mostRequests }
          : {}),
      },
      {
        what: `  mined to checked, heard of by websocket, ${pools}`,
        figure: `${distribution(lasted)} ms`,
        target: `≤ ${longestMs} ms`,
        met: Math.max(...lasted) <= longestMs,
      },
      {
        what: `  mined to checked, blocks of 1 s, by polling, ${pools}`,
        figure: `${distribution(polled)} ms`,
        target: `≤ ${longestMs} ms`,
        met: Math.max(...polled) <= longestMs,
      },
    ];
  } finally {
    await byHint.stop('SIGKILL');
    counter.close();
    await proxy.close();
  }
}

/** Measures the requests for a block of 12 s without a websocket, including polls that find nothing. */
export async function measurePollingRequests(devnet: Devnet): Promise<Row[]> {
  const proxy = await startProxy(devnet.anvil);
  const bot = startBot(devnet, { RPC_URI: proxy.rpcUrl, LOG_LEVEL: 'debug', BLOCK_TIME: '12' });
  try {
    await waitUntilChecked(bot, (await devnet.anvil.time.latest()).number);
    const requests: number[] = [];
    const lasted: number[] = [];
    const startedAt = Date.now();
    // From the first blocks the bot learns when blocks come.
    for (let i = 0; i <= learningBlocks + polledBlocks; i += 1) {
      await delay(Math.max(startedAt + i * 12_000 - Date.now(), 0));
      if (i > learningBlocks) requests.push(proxy.httpRequests);
      proxy.resetCounts();
      const { timestamp } = await devnet.anvil.time.latest();
      const took = await mineAndWait(bot, () => devnet.anvil.time.moveTo(timestamp + 12));
      if (i >= learningBlocks) lasted.push(took);
    }
    const most = Math.max(...requests);
    return [
      {
        what: `HTTP requests a block of 12 s, by polling alone, ${poolsOf(devnet)}`,
        figure: distribution(requests),
        target: `≤ ${mostRequests}`,
        met: most <= mostRequests,
      },
      { what: '  mined to checked', figure: `${distribution(lasted)} ms` },
    ];
  } finally {
    await bot.stop('SIGKILL');
    await proxy.close();
  }
}

async function measurePolling(devnet: Devnet): Promise<number[]> {
  const bot = startBot(devnet, { LOG_LEVEL: 'debug', BLOCK_TIME: '1' });
  try {
    await settle(devnet, bot);
    const lasted: number[] = [];
    for (let i = 0; i < blocks; i += 1) {
      await delay(700);
      lasted.push(await mineAndWait(bot, () => devnet.anvil.time.mine()));
    }
    return lasted;
  } finally {
    await bot.stop('SIGKILL');
  }
}

/** Waits until the past is read, and nothing is new. */
async function settle({ anvil }: Devnet, bot: BotProcess): Promise<void> {
  for (let i = 0; i < 5; i += 1) await waitUntilChecked(bot, (await anvil.time.mine()).number);
  await delay(300);
}

/** @returns milliseconds from the block to the end of the round that checked it */
async function mineAndWait(bot: BotProcess, mine: () => Promise<{ number: number }>): Promise<number> {
  const from = bot.lines.length;
  const { number } = await mine();
  const minedAt = Date.now();
  const line = await bot.waitForLine(
    each => bot.lines.indexOf(each) >= from && each.message === 'round completed' && each.block === number,
  );
  // At least 0, despite the clock's resolution and the answer's way back.
  return Math.max(timeOf(line) - minedAt, 0);
}
