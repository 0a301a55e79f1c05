import { roles } from '@service-bots/devnet';
import type { Act, ActResult, News } from '../act.ts';
import { moment, short } from '../format.ts';
import { rpcHint, statusHints } from '../hints.ts';
import type { Stage } from '../stage.ts';
import { complaintsIn } from '../verdict.ts';
import { type ChainRecord, type Minted, readChainRecord, readMints } from './chainRecord.ts';
import { mintColumns, mintRows, roleOf } from './mintTable.ts';
import { CheckpointScene } from './scene.ts';
import { type Notes, story } from './story.ts';
import { type Cast, dueAt, judge } from './verdicts.ts';

const cast: Cast = {
  bot: roles.bot.address,
  competitor: roles.competitor.address,
  traders: [roles.trader.address, roles.otherTrader.address],
};
/** The bot's default. */
const waitingPeriod = 0.5;
const blockSeconds = 1;

/** The checkpoint bot's ordinary work, a faster competitor, and days of downtime. */
export function checkpointAct(stage: Stage): Act {
  const scene = new CheckpointScene(stage);
  const notes: Notes = { downtime: { from: 0, until: 0 }, exit: undefined };
  /** The block up to which mints were shown. */
  let shownBlock = 0;

  async function news(): Promise<News[]> {
    if (!scene.isDeployed) return [];
    const { number } = await scene.anvil.time.latest();
    if (number === shownBlock) return [];
    const mints = await readMints(scene.devnet, shownBlock + 1, number);
    shownBlock = number;
    return mints.map(newsOf);
  }

  function newsOf({ pool, time, minter, hash, blockTime }: Minted): News {
    const name = scene.devnet.pools.find(({ address }) => address === pool)?.name ?? short(pool);
    return {
      who: roleOf(minter, cast),
      isBot: minter === cast.bot,
      text: `${moment(blockTime)}  minted ${`${moment(time)} of ${name}`.padEnd(26)}  ${short(hash)}`,
    };
  }

  async function outcome(): Promise<ActResult> {
    const chain = await readChainRecord(scene.devnet);
    const { pools } = scene.devnet;
    const { exit, downtime } = notes;
    const complaints = complaintsIn(stage.botLines);
    return {
      heading: 'What the chain says: checkpoints with matured positions, from its events',
      columns: mintColumns,
      rows: mintRows(chain.mints, pools, cast),
      remarks: [
        'late: block time − checkpoint time. The bot leaves half a checkpoint to others: 12 h, USDC 30 min.',
      ],
      verdicts: judge({ chain, cast, pools, waitingPeriod, downtime, exit, complaints }),
    };
  }

  async function goOn(): Promise<string[]> {
    await scene.anvil.time.setIntervalMining(blockSeconds);
    const chain = await readChainRecord(scene.devnet);
    const next = nextDue(chain);
    const { rpcUrl } = scene.anvil;
    return [
      'The chain and the bot stay up: a block a second. In another terminal:',
      '',
      ...statusHints(await stage.statusUrl(), "the bot's pools, wallet, last mints, what is due next"),
      ...(next === undefined
        ? []
        : rpcHint(
            `move the chain's time on to ${moment(next)}: the trade above matures, and the bot mints it`,
            rpcUrl,
            'evm_increaseTime',
            [next - chain.now],
          )),
      '',
      `  RPC ${rpcUrl}   registry ${scene.devnet.registry}`,
    ];
  }

  /** Returns when the bot will mint the next checkpoint with matured positions. */
  function nextDue({ maturities, now }: ChainRecord): number | undefined {
    const due = maturities.map(maturity => dueAt(maturity, { pools: scene.devnet.pools, waitingPeriod }));
    return due.filter(time => time > now).sort((a, b) => a - b)[0];
  }

  return {
    title: 'The checkpoint bot at work on a local chain with the real Hyperdrive contracts',
    steps: story(scene, notes),
    news,
    outcome,
    goOn,
  };
}
