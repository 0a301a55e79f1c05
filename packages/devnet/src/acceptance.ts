import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { joinChain } from './chain/anvil.ts';

// node dist/acceptance.js checkpoint invariant: lets an hour pass on the chain in this container, and holds that each of
// these bots follows it, completes rounds, and has nothing serious to tell. One line for each bot; exit code 1 when one
// does not.

interface BotStatus {
  healthy: boolean;
  head?: { number: number };
  rounds: { completed: number };
  openAlerts: { check: string; pool?: string; severity: string; message: string }[];
}

/** Longer than any bot waits between two looks, as its settings are unless changed: LOOK_SECONDS is 180. */
const waitMs = 300_000;
const hourSeconds = 3_600;
/** What the hour that passes at once brings about by itself. */
const expectedChecks = ['clock-skew'];

const bots = process.argv.slice(2);
const statusOf = async (bot: string) =>
  (await (
    await fetch(`http://${bot}:8080/status`, { signal: AbortSignal.timeout(5_000) })
  ).json()) as BotStatus;

const chain = await joinChain('http://127.0.0.1:8545');
const before = new Map(await Promise.all(bots.map(async bot => [bot, await statusOf(bot)] as const)));
const { number } = await chain.time.increase(hourSeconds);
const verdicts = await Promise.all(bots.map(bot => judge(bot, before.get(bot) as BotStatus)));
chain.provider.destroy();
if (verdicts.includes(false)) process.exitCode = 1;

async function judge(bot: string, earlier: BotStatus): Promise<boolean> {
  const end = Date.now() + waitMs;
  for (;;) {
    const { healthy, head, rounds, openAlerts } = await statusOf(bot);
    const serious = openAlerts.filter(
      ({ check, severity }) =>
        (severity === 'critical' || severity === 'error') && !expectedChecks.includes(check),
    );
    const follows = (head?.number ?? 0) >= number && rounds.completed > earlier.rounds.completed;
    const isGood = healthy && follows && serious.length === 0;
    if (!isGood && Date.now() < end) {
      await sleep(1_000);
      continue;
    }
    const told = serious.map(({ check, pool, message }) => [check, pool, message].filter(Boolean).join(' '));
    const detail = `${healthy ? 'healthy' : 'not healthy'}, head ${head?.number} of ${number}, ${rounds.completed} rounds`;
    process.stdout.write(`${isGood ? 'ok  ' : 'fail'}  ${bot}  ${[detail, ...told].join('; ')}\n`);
    return isGood;
  }
}
