import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { joinChain } from './chain/anvil.ts';

// node dist/acceptance.js checkpoint invariant: lets an hour pass on the chain in this container, and checks
// that each of these bots follows it, completes rounds, and has no serious alert. Prints a line for each bot;
// exit code 1 when a bot fails, with the reason.

interface BotStatus {
  healthy: boolean;
  head?: { number: number };
  rounds: { completed: number };
  openAlerts: { check: string; pool?: string; severity: string; message: string }[];
}

/** A bot's status, or why it cannot be read. */
type Told = BotStatus | string;

/** Longer than any bot's pause between two looks with default settings: LOOK_SECONDS is 180. */
const waitMs = 300_000;
const hourSeconds = 3_600;
/** The checks that fail because an hour passes at once. */
const expectedChecks = ['clock-skew'];

const bots = process.argv.slice(2);
try {
  const before = await Promise.all(bots.map(statusOf));
  const chain = await joinChain('http://127.0.0.1:8545');
  const { number } = await chain.time.increase(hourSeconds);
  const verdicts = await Promise.all(bots.map((bot, i) => judge(bot, before[i] as Told, number)));
  chain.provider.destroy();
  if (verdicts.includes(false)) process.exitCode = 1;
} catch (error) {
  report(false, 'fork', `an hour could not pass on the chain: ${reasonOf(error)}`);
  process.exitCode = 1;
}

async function judge(bot: string, before: Told, head: number): Promise<boolean> {
  const end = Date.now() + waitMs;
  const roundsBefore = typeof before === 'string' ? 0 : before.rounds.completed;
  for (;;) {
    const { isGood, detail } = verdictOn(await statusOf(bot), roundsBefore, head);
    if (!isGood && Date.now() < end) {
      await sleep(1_000);
      continue;
    }
    report(isGood, bot, detail);
    return isGood;
  }
}

function verdictOn(told: Told, roundsBefore: number, number: number): { isGood: boolean; detail: string } {
  if (typeof told === 'string') return { isGood: false, detail: `its status cannot be read: ${told}` };
  const { healthy, head, rounds, openAlerts } = told;
  const serious = openAlerts.filter(
    ({ check, severity }) =>
      (severity === 'critical' || severity === 'error') && !expectedChecks.includes(check),
  );
  const follows = (head?.number ?? 0) >= number && rounds.completed > roundsBefore;
  const alerts = serious.map(({ check, pool, message }) => [check, pool, message].filter(Boolean).join(' '));
  const state = `${healthy ? 'healthy' : 'not healthy'}, head ${head?.number} of ${number}, ${rounds.completed} rounds`;
  return { isGood: healthy && follows && serious.length === 0, detail: [state, ...alerts].join('; ') };
}

async function statusOf(bot: string): Promise<Told> {
  try {
    const response = await fetch(`http://${bot}:8080/status`, { signal: AbortSignal.timeout(5_000) });
    return (await response.json()) as BotStatus;
  } catch (error) {
    return reasonOf(error);
  }
}

function report(isGood: boolean, what: string, detail: string): void {
  process.stdout.write(`${isGood ? 'ok  ' : 'fail'}  ${what}  ${detail}\n`);
}

/** The error of fetch has its reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
