import { roles } from '@service-bots/devnet';
import type { Act, ActResult } from '../act.ts';
import { rpcHint } from '../hints.ts';
import type { Stage } from '../stage.ts';
import { claim } from '../verdict.ts';
import { WatchtowerScene } from './scene.ts';
import { seconds, story } from './story.ts';

const blockSeconds = 1;

/** The watchtower: its page while a bot works, is frozen, has an empty wallet, or is stopped. */
export function watchtowerAct(stage: Stage): Act {
  const scene = new WatchtowerScene(stage);

  async function outcome(): Promise<ActResult> {
    const { troubles, raisedWhileWell } = scene;
    return {
      heading: 'What was made to happen, and what the page said of it',
      columns: [
        { heading: 'trouble' },
        { heading: 'on the page' },
        { heading: 'noticed after', right: true },
        { heading: 'over after', right: true },
      ],
      rows: troubles.map(({ what, said, noticedMs, overMs }) => [
        what,
        said ?? 'nothing',
        noticedMs === undefined ? 'never' : seconds(noticedMs),
        overMs === undefined ? 'never' : seconds(overMs),
      ]),
      remarks: ['The watchtower looks every second here, and every ten seconds unless it is told otherwise.'],
      verdicts: [
        claim(
          'nothing was raised while all was well',
          raisedWhileWell === 0,
          () => `${raisedWhileWell} alerts`,
        ),
        claim(
          'every trouble was on the page',
          troubles.length === 3 && troubles.every(({ noticedMs }) => noticedMs !== undefined),
          () => `${troubles.length} troubles`,
        ),
        claim(
          'each was over by itself',
          troubles.every(({ overMs }) => overMs !== undefined),
          () => 'nobody closed an alert',
        ),
      ],
    };
  }

  async function goOn(): Promise<string[]> {
    await stage.anvil.time.setIntervalMining(blockSeconds);
    const { rpcUrl } = stage.anvil;
    return [
      'The chain, the bot and the watchtower stay up. In another terminal:',
      '',
      `  curl -s ${stage.page.url}/api/status   # what the page shows`,
      `  kill -STOP ${stage.bot.pid}                      # freezes the bot; kill -CONT wakes it up`,
      ...rpcHint("empties the bot's wallet", rpcUrl, 'anvil_setBalance', [roles.bot.address, '0x0']),
    ];
  }

  return {
    title: 'The watchtower and its page, while a bot works and while it does not',
    steps: story(scene),
    news: async () => [],
    outcome,
    goOn,
  };
}
