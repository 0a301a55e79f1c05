import { setTimeout as delay } from 'node:timers/promises';
import {
  type Anvil,
  type BotProcess,
  type DevAccount,
  type Devnet,
  type DevnetPool,
  daySeconds,
  deployHyperdrive,
  devAccounts,
  distribution,
  type LogLine,
  type Row,
  roles,
  startAnvil,
  timeOf,
} from '@service-bots/devnet';
import { startBot } from './bot.ts';

/** The parameters of a series of mints. */
interface Series {
  blockSeconds: number;
  blocksPerCheckpoint: number;
  /** Whether the bots' mints are due at the same moments, or one bot's after the other's. */
  together: boolean;
}

/** Block times of Monad, the local chain and Base. */
export const fastBlocks: readonly Series[] = [
  { blockSeconds: 0.4, blocksPerCheckpoint: 5, together: false },
  { blockSeconds: 1, blocksPerCheckpoint: 3, together: false },
  { blockSeconds: 2, blocksPerCheckpoint: 3, together: false },
];
/** The block time of mainnet. */
export const slowBlocks: Series = { blockSeconds: 12, blocksPerCheckpoint: 2, together: true };

/**
 * The times of a bot's looks depend on its start, so several bots begin at different moments between two
 * blocks.
 */
const botAccounts = [roles.bot, devAccounts[8], devAccounts[7]] as const;
const mintsEach = 4;
const waitingPeriod = 0.5;
/** The time between the last bot's start and the first checkpoint that matures. */
const leadSeconds = 4;
const lookEveryMs = 25;
const timeoutMs = 200_000;

/** A mint, and its history. Moments are milliseconds since 1970, at which a block could first be seen. */
interface MintTaken {
  blocks: number;
  seconds: number;
  /** The time from the block in which the mint was due until the node had the transaction. */
  reactionMs: number;
}

/**
 * Measures bots with separate pools, whose positions mature one checkpoint after the other, on a chain that
 * mines by itself. The bots have their default pauses and have to find the time of each look by themselves.
 * Nothing moves time during the measurement.
 */
export async function measureDueToMined(series: Series): Promise<Row[]> {
  const { blockSeconds } = series;
  const anvil = await startAnvil({ blockTime: blockSeconds });
  const stop = new AbortController();
  const bots: BotProcess[] = [];
  try {
    const crews: Crew[] = [];
    for (const [index, account] of botAccounts.entries())
      crews.push(await deployCrew(anvil, series, index, account));
    const maturities = crews.flatMap(({ maturing }) => maturing.map(({ maturity }) => maturity));
    const apartMs = (blockSeconds * 1_000) / crews.length;
    const startSeconds = Math.ceil((apartMs * crews.length) / 1_000) + leadSeconds;
    await anvil.time.moveTo(Math.min(...maturities) - startSeconds);
    const blocks = new Map<number, BlockSeen>();
    const watching = watchBlocks(anvil, blocks, stop.signal);
    for (const { devnet, account } of crews) {
      const key = { CHECKPOINT_BOT_KEY: account.privateKey };
      bots.push(
        startBot(devnet, { ...key, BLOCK_TIME: `${blockSeconds}`, WAITING_PERIOD: `${waitingPeriod}` }),
      );
      await delay(apartMs);
    }
    await Promise.all(bots.map(bot => bot.waitForLine(() => mintedBy(bot) >= mintsEach, timeoutMs)));
    await delay(lookEveryMs * 4);
    stop.abort();
    await watching;
    const lines = bots.flatMap(bot => bot.lines);
    const taken: MintTaken[] = [];
    for (const { maturing, account } of crews)
      for (const one of maturing) taken.push(await mintOf(one, account, blocks, lines));
    return rowsOf(blockSeconds, taken);
  } finally {
    stop.abort();
    await Promise.all(bots.map(bot => bot.stop('SIGKILL')));
    await anvil.stop();
  }
}

/** A bot's account, and its pools. */
interface Crew {
  account: DevAccount;
  devnet: Devnet;
  maturing: readonly Maturing[];
}

interface Maturing {
  pool: DevnetPool;
  maturity: number;
  /** The chain time from which the mint is due. */
  due: number;
}

async function deployCrew(anvil: Anvil, series: Series, index: number, account: DevAccount): Promise<Crew> {
  const { blockSeconds, blocksPerCheckpoint, together } = series;
  const checkpointDuration = Math.ceil(blockSeconds * blocksPerCheckpoint);
  const pools = Array.from({ length: mintsEach }, (_, i) => {
    const turn = together ? i : i * botAccounts.length + index;
    return {
      name: `Bench ${index}.${i}`,
      positionDuration: daySeconds + turn * checkpointDuration,
      checkpointDuration,
    };
  });
  const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
  const maturing: Maturing[] = [];
  for (const pool of devnet.pools) {
    const { maturity } = await pool.openShort(1_000n * 10n ** BigInt(pool.decimals));
    maturing.push({ pool, maturity, due: maturity + Math.ceil(waitingPeriod * checkpointDuration) });
  }
  return { account, devnet, maturing };
}

function mintedBy({ lines }: BotProcess): number {
  return lines.filter(({ message }) => message.startsWith('minted checkpoint')).length;
}

interface BlockSeen {
  timestamp: number;
  seenAt: number;
}

/** Records when each block could first be seen, until `stop`; blocks between two polls are looked up. */
async function watchBlocks(anvil: Anvil, blocks: Map<number, BlockSeen>, stop: AbortSignal): Promise<void> {
  let last = (await anvil.time.latest()).number;
  while (!stop.aborted) {
    const { number } = await anvil.time.latest();
    const seenAt = Date.now();
    for (; last < number; last += 1) {
      const block = await anvil.provider.getBlock(last + 1);
      if (block) blocks.set(block.number, { timestamp: block.timestamp, seenAt });
    }
    await delay(lookEveryMs);
  }
}

async function mintOf(
  { pool, maturity, due }: Maturing,
  account: DevAccount,
  blocks: ReadonlyMap<number, BlockSeen>,
  lines: readonly LogLine[],
): Promise<MintTaken> {
  const filter = pool.contract.filters.CreateCheckpoint?.(maturity);
  const [event] = filter ? await pool.contract.queryFilter(filter) : [];
  const dueIn = [...blocks].find(([, { timestamp }]) => timestamp >= due);
  const mintedIn = event && blocks.get(event.blockNumber);
  // The bot's first line about it.
  const sent = lines.find(({ hash }) => hash === event?.transactionHash);
  if (!event || !dueIn || !mintedIn || !sent) throw new Error(`${pool.name}: its mint cannot be made out`);
  const { from } = await event.getTransaction();
  if (from !== account.address) throw new Error(`${pool.name}: minted by ${from}, not by its bot`);
  const [dueNumber, { seenAt }] = dueIn;
  return {
    blocks: event.blockNumber - dueNumber,
    seconds: (mintedIn.seenAt - seenAt) / 1_000,
    reactionMs: timeOf(sent) - seenAt,
  };
}

function rowsOf(blockSeconds: number, taken: readonly MintTaken[]): Row[] {
  const blocks = taken.map(mint => mint.blocks);
  const name = `blocks every ${blockSeconds} s`;
  return [
    {
      what: `due to mined, ${name}`,
      figure: `${distribution(blocks)} blocks (${taken.length} checkpoints)`,
      target: 'the next block',
      met: Math.max(...blocks) <= 1,
    },
    {
      what: `  in seconds, ${name}`,
      figure: distribution(
        taken.map(({ seconds }) => seconds),
        value => value.toFixed(2),
      ),
    },
    {
      what: `  due to broadcast, ${name}`,
      figure: `${distribution(taken.map(({ reactionMs }) => Math.round(reactionMs)))} ms`,
    },
  ];
}
