import { prizePoolInterfaces, roles } from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import type { Act, ActResult, News } from '../act.ts';
import { moment } from '../format.ts';
import { rpcHint, statusHints } from '../hints.ts';
import type { Stage } from '../stage.ts';
import { complaintsIn } from '../verdict.ts';
import { readKeeperRecord } from './chainRecord.ts';
import { people } from './people.ts';
import { roundColumns, roundRows } from './roundTable.ts';
import { anchorOf, KeeperScene } from './scene.ts';
import { type Notes, story } from './story.ts';
import { newsLines } from './telegramNews.ts';
import { judge } from './verdicts.ts';

/** The time before an anchor that the keeper needs to see the moved clocks. */
const leadSeconds = 5;

/** The keeper: weeks of two vaults, with one empty round and one late, and the messages to its operators. */
export function keeperAct(stage: Stage): Act {
  const scene = new KeeperScene(stage);
  const notes: Notes = { downtime: { from: 0, until: 0 }, exit: undefined };
  /** The number of messages that were shown. */
  let shown = 0;

  async function news(): Promise<News[]> {
    await scene.followChain();
    const fresh = scene.messages.slice(shown);
    shown += fresh.length;
    return fresh.flatMap(({ text }) =>
      newsLines(text).map(line => ({ who: 'Telegram', isBot: true, text: line })),
    );
  }

  async function outcome(): Promise<ActResult> {
    const chain = await readKeeperRecord(scene);
    return {
      heading: 'What the chain says: rounds that were due, from its events; prizes and principal in MON',
      columns: roundColumns,
      rows: roundRows(chain.rounds),
      remarks: [
        'committed: counted from the first block at the anchor; drawn: from the first that allows it.',
      ],
      verdicts: judge({
        chain,
        keeper: roles.bot.address,
        told: scene.messages.map(({ text }) => text),
        ...notes,
        complaints: complaintsIn(stage.botLines),
      }),
    };
  }

  /** Sunday's next round has tickets already; Wednesday's is open for sale. */
  async function goOn(): Promise<string[]> {
    const { wednesday, sunday } = scene.vaults;
    const { rpcUrl } = scene.anvil;
    const count = 5;
    const purchase = {
      from: people.Ada,
      to: wednesday.pool.address,
      value: toQuantity((await wednesday.pool.ticketPriceWei()) * BigInt(count)),
      data: prizePoolInterfaces.pool.encodeFunctionData('buyTickets', [count]),
    };
    const moveTo = (anchor: number, why: string) =>
      rpcHint(`move the clocks on to ${moment(anchor)}: ${why}`, rpcUrl, 'evm_setNextBlockTimestamp', [
        anchor - leadSeconds,
      ]);
    return [
      'The chain, the keeper and Telegram stay up. In another terminal:',
      '',
      ...statusHints(await stage.statusUrl(), "the keeper's vaults, wallet, last actions, what is due next"),
      ...rpcHint(`buy ${count} tickets for Wednesday, as Ada`, rpcUrl, 'eth_sendTransaction', [purchase]),
      ...moveTo(anchorOf(sunday, 3), 'Ben and Cleo have bought tickets, and the keeper draws'),
      ...moveTo(anchorOf(wednesday, 4), 'Ada wins, since nobody else has bought'),
    ];
  }

  return {
    title: 'The keeper at work on a local chain with two prize vaults, in their weekly rhythm',
    steps: story(scene, notes),
    news,
    outcome,
    goOn,
  };
}
