import process from 'node:process';
import { inspect } from 'node:util';
import { measureBackFill } from './backFill.ts';
import { fastBlocks, measureDueToMined, slowBlocks } from './dueToMined.ts';
import { measureIdleRounds } from './idleRounds.ts';
import { describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { deployPoolSets, poolsOf } from './pools.ts';
import { measureStartUp } from './startUp.ts';
import { formatTable, type Row, verdict } from './table.ts';

/** One thing to measure. */
type Measurement = readonly [what: string, measure: () => Promise<Row[]>];

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startedAt = Date.now();
const say = (text: string) =>
  process.stderr.write(`${`${Math.round((Date.now() - startedAt) / 1_000)}`.padStart(4)} s  ${text}\n`);

say('deploying 111 pools');
const { anvil, sets } = await deployPoolSets();
const machine = await describeMachine(anvil);

const [, tenPools] = sets;
if (!tenPools) throw new Error('there are no pools');
// What depends on the processor runs alone; the rest mostly waits. Each series has a chain of its own.
const measurements: Measurement[] = [
  ...sets.map((set): Measurement => [`idle rounds, ${poolsOf(set)}`, () => measureIdleRounds(set)]),
  ...sets.map((set): Measurement => [`start-up, ${poolsOf(set)}`, () => measureStartUp(set)]),
  ['due to mined, fast blocks', () => inParallel(fastBlocks.map(series => () => measureDueToMined(series)))],
  ['back-fill', measureBackFill],
  [
    'memory, and due to mined with slow blocks (two minutes)',
    () => inParallel([() => measureDueToMined(slowBlocks), () => measureMemory(tenPools)]),
  ],
];
const rows: Row[] = [];
for (const [what, measure] of measurements) {
  say(what);
  try {
    rows.push(...(await measure()));
  } catch (error) {
    process.exitCode = 1;
    say(`${what} could not be measured: ${inspect(error)}`);
    rows.push({ what, figure: 'could not be measured' });
  }
}
await anvil.stop();
say('done');
process.stdout.write(`\n${machine}\n\n${formatTable(rows)}\n${verdict(rows)}\n`);
process.stdout.write('Three figures separated by slashes are the least, the median and the most.\n');

async function inParallel(measures: readonly (() => Promise<Row[]>)[]): Promise<Row[]> {
  return (await Promise.all(measures.map(measure => measure()))).flat();
}
