import process from 'node:process';
import { describeMachine, type Measurement, runBench } from '@service-bots/devnet';
import { measureCatchUp } from './catchUp.ts';
import { measureMemory } from './memory.ts';
import { measurePerBlock } from './perBlock.ts';
import { deployPoolSets, poolsOf } from './pools.ts';

process.stderr.write('deploying 161 pools\n');
const { anvil, sets } = await deployPoolSets();
const machine = await describeMachine(anvil);
const tenPools = sets[1];
if (!tenPools) throw new Error('there are no pools');

const measurements: Measurement[] = [
  ...sets.map((set): Measurement => [`a block, ${poolsOf(set)}`, () => measurePerBlock(set)]),
  ['catching up', () => measureCatchUp(tenPools)],
  ['memory over 10,000 blocks', () => measureMemory(tenPools)],
];
await runBench(machine, measurements);
await anvil.stop();
