import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { CheckpointState } from '@service-bots/core/hyperdrive';
import { formatUnits } from 'ethers';
import type { PoolView } from '../src/planning/view.ts';
import { ChainMonth, type Course } from '../test/support/ChainMonth.ts';
import { figuresIn, openMonthBot } from '../test/support/openMonthBot.ts';
import { ChainRun } from './ChainRun.ts';
import { bestInHindsight } from './hindsight.ts';
import { patiently } from './patiently.ts';
import { liquidityOnly, predecessor } from './strategies.ts';

/**
 * A month of chain time on anvil with the real contracts, hour by hour, with random traders and a variable rate
 * that wanders. The bot runs its own rounds: reading, planning, simulation, signing, and the ledger.
 */
const positionDays = [7, 30];
const hours = 30 * 24;
const nativeInBase = 3_000n;
/** A finer grid finds little more, and the time of the bound grows with its square. */
const hoursApart = 12;

interface Result {
  profit: bigint;
  gas: bigint;
  trades: number;
}

/** The result of the bot, with the differences between its report and the wallet. */
interface BotResult extends Result {
  /** The steps at which the report differed from the wallet's base. */
  wrongSteps: number;
  /** What the wallet gained in the end less the reported profit; undefined while a withdrawal waits. */
  off: bigint | undefined;
}

async function runBot(month: ChainMonth, course: Course, lpPortion: string): Promise<BotResult> {
  let bot: Awaited<ReturnType<typeof openMonthBot>> | undefined;
  let wrongSteps = 0;
  const settle = () => patiently(() => (bot as NonNullable<typeof bot>).settle());
  const figures = async () => figuresIn(await settle(), month.pool.decimals);
  try {
    await month.run(course, async () => {
      bot ??= await patiently(() => openMonthBot(month, { LP_PORTION: lpPortion }));
      const { booked } = await figures();
      if (booked !== (await month.base()) - month.capital) wrongSteps += 1;
    });
    if (!bot) throw new Error('the course has no step');
    const { profit, gas } = await figures();
    const trades = bot.kindsSince().filter(kind => kind !== 'approve').length;
    writeFileSync(join(bot.stateDir, 'HALT'), 'unwind');
    const closed = await figures();
    const gained = (await month.base()) - month.capital;
    return { profit, gas, trades, wrongSteps, off: closed.isClosed ? gained - closed.profit : undefined };
  } finally {
    await bot?.close();
  }
}

async function runPolicy(
  month: ChainMonth,
  course: Course,
  act: (run: ChainRun, step: number) => Promise<void>,
): Promise<Result> {
  let run: ChainRun | undefined;
  try {
    await month.run(course, async step => {
      run ??= await ChainRun.open(month);
      await run.read();
      await act(run, step);
    });
    if (!run) throw new Error('the course has no step');
    await run.read();
    const gas = (run.gasWei * nativeInBase) / 10n ** BigInt(18);
    return { profit: run.base + run.worth - month.capital, gas, trades: run.trades };
  } finally {
    run?.close();
  }
}

async function hindsight(month: ChainMonth, course: Course): Promise<Result> {
  const views: PoolView[] = [];
  // A later view needs the checkpoints in which earlier positions were opened.
  const checkpoints = new Map<number, CheckpointState>();
  await month.run(course, async step => {
    if (step % hoursApart !== 0) return;
    const run = await ChainRun.open(month);
    for (const [time, checkpoint] of run.view.state.checkpoints) checkpoints.set(time, checkpoint);
    views.push({ ...run.view, state: { ...run.view.state, checkpoints: new Map(checkpoints) } });
    run.close();
  });
  return { profit: bestInHindsight(views, month.capital), gas: 0n, trades: Number.NaN };
}

const strategies: { name: string; run(month: ChainMonth, course: Course): Promise<Result> }[] = [
  { name: 'this bot, LP_PORTION 0.9', run: (month, course) => runBot(month, course, '0.9') },
  { name: 'this bot, LP_PORTION 0', run: (month, course) => runBot(month, course, '0') },
  { name: '(a) doing nothing', run: async () => ({ profit: 0n, gas: 0n, trades: 0 }) },
  { name: '(b) liquidity only', run: (month, course) => runPolicy(month, course, liquidityOnly) },
  { name: "(c) the predecessor's policy", run: (month, course) => runPolicy(month, course, predecessor) },
  { name: '(d) best trades in hindsight', run: hindsight },
];

/** Returns how the bot's report differs from its wallet; undefined when it is equal to the wei. */
function problemOf({ wrongSteps, off }: BotResult): string | undefined {
  if (wrongSteps > 0) return `${wrongSteps} of ${hours} steps`;
  if (off === undefined) return 'withdrawal shares wait at the end';
  return off === 0n ? undefined : `${off} wei at the end`;
}

const first = Number(process.env.FIRST_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 10) }, (_, i) => first + i);
const results = new Map<string, Result[]>(strategies.map(({ name }) => [name, []]));
const inexact: string[] = [];
for (const seed of seeds) {
  const month = await ChainMonth.open(positionDays[seed % 2] as number, '100000');
  const begun = performance.now();
  try {
    for (const { name, run } of strategies) {
      const result = await run(month, { seed, steps: hours, stepSeconds: 3_600 });
      results.get(name)?.push(result);
      const problem = 'off' in result ? problemOf(result as BotResult) : undefined;
      if (problem) inexact.push(`seed ${seed}, ${name}: ${problem}`);
      const verdict = 'off' in result ? `, ${problem ?? 'reported to the wei'}` : '';
      process.stderr.write(`seed ${seed}, ${name}: ${formatUnits(result.profit, 18)}${verdict}\n`);
    }
  } finally {
    await month.close();
  }
  process.stderr.write(`seed ${seed}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
}

const whole = (value: bigint) => Number(formatUnits(value, 18)).toFixed(0).padStart(7);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
process.stdout.write(
  `A month on a real chain: 100,000 base, a pool of 1,000,000; profit in base before gas, marked to what closing pays\n` +
    `${'seed'.padEnd(30)}${seeds.map(seed => String(seed).padStart(7)).join('')}   mean    gas  trades\n`,
);
for (const [name, own] of results) {
  const profits = own.map(({ profit }) => profit);
  const average = profits.reduce((sum, profit) => sum + profit, 0n) / BigInt(profits.length);
  const gas = mean(own.map(each => Number(formatUnits(each.gas, 18)))).toFixed(1);
  const trades = mean(own.map(each => each.trades));
  process.stdout.write(
    `${name.padEnd(30)}${profits.map(whole).join('')}${whole(average)}${gas.padStart(7)}  ${Number.isNaN(trades) ? '–' : trades.toFixed(0)}\n`,
  );
}
process.stdout.write(
  inexact.length === 0
    ? 'The reports equal the change of the wallet to the wei, after every hour and after everything was closed.\n'
    : `The reports differ from the wallet, or could not be compared: ${inexact.join('; ')}\n`,
);
