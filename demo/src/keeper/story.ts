import { type Exit, roles } from '@service-bots/devnet';
import { parseEther } from 'ethers';
import type { Step } from '../act.ts';
import { amount, duration, moment, short } from '../format.ts';
import { ending } from '../verdict.ts';
import { nameOf, people } from './people.ts';
import { anchorOf, hourSeconds, type KeeperScene, type Vault } from './scene.ts';

/** The notes of a step for the verdicts. */
export interface Notes {
  downtime: { from: number; until: number };
  exit: Exit | undefined;
}

/** The yield in MON of the staked money between two sales. */
const yieldMon = '1.5';
/** The time before an anchor that the keeper needs for its look. */
const approachSeconds = 3;
const missedBySeconds = 120;

/** The act, step by step. */
export function story(scene: KeeperScene, notes: Notes): readonly Step[] {
  const { stage } = scene;
  return [
    {
      title: 'Start a chain like Monad',
      async play() {
        const timestamp = scene.opening;
        const { rpcUrl, chainId } = await stage.startChain({ chainId: 143, blockTime: 0.4, timestamp });
        return `${rpcUrl}, chain ${chainId}, 0.4 s a block, ${moment(timestamp)}`;
      },
    },
    {
      title: 'Deploy two prize vaults',
      async play() {
        await scene.deploy();
        const { wednesday, sunday } = scene.vaults;
        return `${short(wednesday.pool.address)} on Wed 13:00 UTC, ${short(sunday.pool.address)} on Sun 01:00 UTC`;
      },
    },
    {
      title: 'People buy tickets',
      async play() {
        const { wednesday, sunday } = scene.vaults;
        await scene.sell(wednesday, { Ada: 5, Ben: 3, Cleo: 8 });
        await scene.moveTo(anchorOf(sunday, 0) + hourSeconds);
        await scene.sell(sunday, { Dora: 6, Ben: 4 });
        await earn(scene);
        return 'Ada 5, Ben 3, Cleo 8 for Wednesday; Dora 6, Ben 4 for Sunday';
      },
    },
    {
      title: 'Start the keeper',
      async play() {
        const { pid } = await scene.startKeeper();
        return `node bots/keeper/dist/main.js, process ${pid}, wallet ${short(roles.bot.address)}`;
      },
    },
    {
      title: 'Wednesday comes',
      async play() {
        const { wednesday } = scene.vaults;
        const told = await drawAtAnchor(scene, wednesday, 1);
        await scene.sell(wednesday, { Dora: 7, Ada: 5 });
        return told;
      },
    },
    {
      title: 'Sunday comes',
      async play() {
        await earn(scene);
        return drawAtAnchor(scene, scene.vaults.sunday, 1);
      },
    },
    {
      title: 'Stop it, and miss an anchor',
      async play() {
        await earn(scene);
        notes.downtime.from = (await scene.anvil.time.latest()).timestamp;
        notes.exit = await stage.stopBot();
        await scene.moveTo(anchorOf(scene.vaults.wednesday, 2) + missedBySeconds);
        return `SIGTERM, ${ending(notes.exit)}; it is ${duration(missedBySeconds)} past Wed 13:00 by now`;
      },
    },
    {
      title: 'Start it again',
      async play() {
        const { wednesday } = scene.vaults;
        notes.downtime.until = (await scene.anvil.time.latest()).timestamp;
        await scene.startKeeper();
        const told = await outcomeOf(scene, wednesday, 2);
        await scene.sell(wednesday, { Cleo: 4, Ben: 9, Ada: 2 });
        return `it commits at once; ${told}`;
      },
    },
    {
      title: 'Nobody has bought for Sunday',
      async play() {
        const { sunday } = scene.vaults;
        await earn(scene);
        const told = await drawAtAnchor(scene, sunday, 2);
        await scene.sell(sunday, { Ben: 5, Cleo: 5 });
        return told;
      },
    },
    {
      title: 'Wednesday again',
      async play() {
        const told = await drawAtAnchor(scene, scene.vaults.wednesday, 3);
        return `at its anchor again; ${told}`;
      },
    },
  ];
}

/** Adds yield for all stakes in the vaults. */
async function earn({ vaults }: KeeperScene): Promise<void> {
  await vaults.wednesday.pool.addYield(parseEther(yieldMon));
}

async function drawAtAnchor(scene: KeeperScene, vault: Vault, round: number): Promise<string> {
  await scene.moveTo(anchorOf(vault, round) - approachSeconds);
  return outcomeOf(scene, vault, round);
}

/** Waits for the end of a round, its payments and Telegram's message about it. @returns its result */
async function outcomeOf(scene: KeeperScene, vault: Vault, round: number): Promise<string> {
  const state = await scene.untilOver(vault, round);
  if (state === 'Settled') await payOut(vault, round);
  await scene.untilTold(vault);
  if (state === 'Skipped') return `round ${round} is skipped, and the next one opens`;
  if (state !== 'Settled') return `round ${round} is ${state.toLowerCase()}`;
  const { winner, prizeShares, shareRateAtSettle, totalTickets } = await vault.pool.roundInfo(round);
  const prize = amount((prizeShares * shareRateAtSettle) / 10n ** 18n, 18);
  return `${nameOf(winner)} wins ${prize} MON with one of ${totalTickets} tickets`;
}

/** The winner claims the prize, and every buyer the principal. */
async function payOut({ pool }: Vault, round: number): Promise<void> {
  await pool.claimPrize(round);
  for (const address of Object.values(people))
    if ((await pool.principalOf(round, address)) > 0n) await pool.withdrawPrincipal(round, address);
}
