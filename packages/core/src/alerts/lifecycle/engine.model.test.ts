import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AlertWorld, channelNames } from '../../../test/alertModel/AlertWorld.ts';
import { history, Player, type Step } from '../../../test/alertModel/history.ts';
import { findings, Oracle } from '../../../test/alertModel/Oracle.ts';
import { differences, expectOnce } from '../../../test/alertModel/verdict.ts';
import { hour } from '../../../test/support/story.ts';

/** `pnpm --filter @service-bots/core run model` plays 10,000 random histories each time. */
const histories = Number(process.env.ALERT_HISTORIES ?? 150);
/** CI plays the same histories each time, so that a failure is about the change under test. */
const usualSeed = process.env.ALERT_HISTORIES === undefined ? 1 : Date.now() % 2 ** 31;
const seed = Number(process.env.ALERT_SEED ?? usualSeed);
const perHistoryMs = 1_000;

async function expectTruth(steps: readonly Step[]): Promise<void> {
  const world = new AlertWorld();
  try {
    const oracle = new Oracle();
    const player = new Player(world, oracle);
    for (const step of steps) {
      await player.play(step);
      if (step.do === 'settle') expect(differences(world, oracle, player)).toEqual([]);
    }
    await player.settle();
    expect(differences(world, oracle, player)).toEqual([]);
    // Every finding ends.
    for (const finding of findings) oracle.of(finding).truth = 'fine';
    await player.settle();
    expect(differences(world, oracle, player)).toEqual([]);
    await player.round(25 * hour);
    await player.round(60_000);
    await world.clock.advance(60_000);
    expect([...world.pager.open.keys()]).toEqual([]);
    expectOnce(world, player);
    expect(world.alerter.channels.map(({ waiting }) => waiting)).toEqual(channelNames.map(() => 0));
  } finally {
    world.close();
  }
}

const find = (finding: number, truth: 'critical' | 'error' | 'info' | 'fine'): Step => ({
  do: 'find',
  finding,
  truth,
});
const minute = 60_000;
const down = (channel: 'chat' | 'pagerduty'): Step => ({ do: 'trouble', channel, trouble: 'unreachable' });
const up = (channel: 'chat' | 'pagerduty'): Step => ({ do: 'trouble', channel, trouble: 'works' });

/** Histories that the model found, each as short as possible. */
const found: [what: string, steps: readonly Step[]][] = [
  [
    'a file that is cut between two lines is whole again before the process ends',
    [
      { do: 'trouble', channel: 'chat', trouble: 'overloaded' },
      find(0, 'error'),
      { do: 'damage', how: 'cut' },
      { do: 'loseChain' },
      find(0, 'info'),
    ],
  ],
  [
    'an incident of PagerDuty is closed where the next one was never sent',
    [
      find(1, 'critical'),
      { do: 'acknowledgeFor', target: 1, forMs: 10 * minute },
      { do: 'without', channel: 'pagerduty' },
      { do: 'settle' },
    ],
  ],
  [
    'a deployment that is renamed while PagerDuty is down leaves no incident of the former name',
    [find(0, 'critical'), down('pagerduty'), { do: 'rename' }, find(0, 'critical'), up('pagerduty')],
  ],
  [
    'an alert that ends and begins anew while PagerDuty is down leaves no incident of its former episodes',
    [
      find(0, 'error'),
      find(0, 'critical'),
      down('pagerduty'),
      find(0, 'fine'),
      { do: 'wait', rounds: 3, gapMs: 6 * minute },
      find(0, 'critical'),
      { do: 'wait', rounds: 2, gapMs: 6 * minute },
      up('pagerduty'),
    ],
  ],
  [
    'a notice whose answer was lost is sent again under the name that the deployment had then',
    [
      { do: 'trouble', channel: 'pagerduty', trouble: 'answerLost' },
      find(2, 'info'),
      find(2, 'critical'),
      { do: 'rename' },
    ],
  ],
  [
    'an end that waits for a channel which is not configured is not too old where the clock is set back by a year',
    [
      find(4, 'error'),
      find(4, 'fine'),
      { do: 'without', channel: 'chat' },
      { do: 'wait', rounds: 2, gapMs: 3 * minute },
      { do: 'clock', ms: -365 * 24 * hour },
      { do: 'kill' },
    ],
  ],
  [
    'a channel that is not configured when an acknowledgement runs out gets the reminder once it is back',
    [
      find(2, 'critical'),
      { do: 'acknowledgeFor', target: 2, forMs: 10 * minute },
      { do: 'without', channel: 'chat' },
      { do: 'wait', rounds: 2, gapMs: 6 * minute },
      { do: 'damage', how: 'cut' },
    ],
  ],
  [
    'a group that was acknowledged is told of again when one of several decisions about its findings runs out',
    [
      find(2, 'info'),
      find(3, 'critical'),
      { do: 'wait', rounds: 1, gapMs: 25 * hour },
      { do: 'mute', target: 5, forMs: 10 * minute },
      { do: 'acknowledge', target: 6 },
    ],
  ],
  [
    'an alert keeps its key in a process that does not know its chain, also where it begins anew under another name',
    [
      { do: 'trouble', channel: 'chat', trouble: 'overloaded' },
      find(0, 'critical'),
      { do: 'loseChain' },
      { do: 'rename' },
      { do: 'wait', rounds: 1, gapMs: 25 * hour },
    ],
  ],
  [
    'a clock that is set back by a year between the start and the first round delays no reminder',
    [{ do: 'clock', ms: -365 * 24 * hour }, find(2, 'info'), { do: 'mute', target: 5, forMs: 10 * minute }],
  ],
  [
    'an acknowledgement applies where the alert was milder, just then, than people know it',
    [find(1, 'critical'), find(1, 'info'), { do: 'acknowledge', target: 4 }],
  ],
];

describe('the alert engine, in random histories', () => {
  it.each(found)('%s', (_, steps) => expectTruth(steps));

  it(
    `tells every channel what is true, once it works again (${histories} histories, seed ${seed})`,
    () => fc.assert(fc.asyncProperty(history, expectTruth), { numRuns: histories, seed }),
    60_000 + histories * perHistoryMs,
  );
});
