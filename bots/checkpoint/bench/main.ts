import { describeMachine, type Measurement, type Row, runBench } from '@service-bots/devnet';
import { measureBackFill } from './backFill.ts';
import { fastBlocks, measureDueToMined, slowBlocks } from './dueToMined.ts';
import { measureIdleRounds } from './idleRounds.ts';
import { measureMemory } from './memory.ts';
import { deployPoolSets, poolsOf } from './pools.ts';
import { measureStartUp } from './startUp.ts';

const { anvil, sets } = await deployPoolSets();
const machine = await describeMachine(anvil);

const [, tenPools] = sets;
if (!tenPools) throw new Error('there are no pools');
// Measurements that depend on the processor run alone; the rest mostly waits. Each series has a separate
// chain.
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
await runBench(machine, measurements);
await anvil.stop();

async function inParallel(measures: readonly (() => Promise<Row[]>)[]): Promise<Row[]> {
  return (await Promise.all(measures.map(measure => measure()))).flat();
}
