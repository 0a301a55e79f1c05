import { parseEther, toQuantity } from 'ethers';
import type { Act, ActResult, News } from '../act.ts';
import { rpcHint, statusHints } from '../hints.ts';
import type { Stage } from '../stage.ts';
import { complaintsIn } from '../verdict.ts';
import { readIncidents } from './chainRecord.ts';
import { incidentColumns, incidentRows } from './incidentTable.ts';
import { InvariantScene } from './scene.ts';
import { type Notes, story } from './story.ts';
import { judge } from './verdicts.ts';

/** The invariant bot: it is silent while all invariants hold, and pages when a pool or its vault breaks. */
export function invariantAct(stage: Stage): Act {
  const scene = new InvariantScene(stage);
  const notes: Notes = { firstChecked: 0 };
  /** The number of alerts that were shown. */
  let shown = 0;

  async function news(): Promise<News[]> {
    const fresh = scene.told.slice(shown);
    shown += fresh.length;
    return fresh.map(({ occasion, level, check, message }) => {
      const word = occasion === 'resolved' ? occasion : level;
      return { who: 'Rollbar', isBot: true, text: `${word} ${check}: ${message}` };
    });
  }

  async function outcome(): Promise<ActResult> {
    const { devnet, told } = scene;
    const incidents = await readIncidents(devnet, notes.firstChecked);
    const { number: newest } = await scene.anvil.time.latest();
    await scene.untilChecked();
    const isAlert = ({ message }: { message: string }) => message.startsWith('alert ');
    return {
      heading: 'What the chain says, from its events and prices, beside what Rollbar was told',
      columns: incidentColumns,
      rows: incidentRows(incidents, told, devnet.pools),
      remarks: ['Shares: of the vault, gone from the pool. Percent: the change of the vault share price.'],
      verdicts: judge({
        incidents,
        told,
        blocks: { from: notes.firstChecked, to: newest },
        checked: await scene.checked(),
        complaints: complaintsIn(stage.botLines.filter(line => !isAlert(line))),
      }),
    };
  }

  async function goOn(): Promise<string[]> {
    const { rpcUrl } = scene.anvil;
    const { address, name } = scene.dai;
    return [
      'The chain, the bot and Rollbar stay up. In another terminal:',
      '',
      ...statusHints(await stage.statusUrl(), 'each check of each pool, and how far it is from failing'),
      ...rpcHint(`put ETH into ${name}, which must not hold any: a warning`, rpcUrl, 'anvil_setBalance', [
        address,
        toQuantity(parseEther('0.5')),
      ]),
      ...rpcHint('and take it out again: it is over', rpcUrl, 'anvil_setBalance', [address, '0x0']),
    ];
  }

  return {
    title: 'The invariant bot at work on a local chain, on an ordinary day and on a bad one',
    steps: story(scene, notes),
    news,
    outcome,
    goOn,
  };
}
