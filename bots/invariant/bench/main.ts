import process from 'node:process';
import { describeMachine, type Measurement, runBench } from '@service-bots/devnet';
import { measureCatchUp, missedBlocks } from './catchUp.ts';
import { measureMemory } from './memory.ts';
import { measurePerBlock, measurePollingRequests } from './perBlock.ts';
import { deployPoolSets, deployPools, poolsOf, startChain } from './pools.ts';

process.stderr.write('deploying 171 pools\n');
const { anvil, sets } = await deployPoolSets();
const remembering = await startChain(missedBlocks + 100);
const tenPools = await deployPools(remembering, 10);
const machine = await describeMachine(anvil);

const measurements: Measurement[] = [
  ...sets.map((set): Measurement => [`a block, ${poolsOf(set)}`, () => measurePerBlock(set)]),
  ...sets
    .filter(({ pools }) => pools.length === 50)
    .map((set): Measurement => ['blocks of 12 s by polling', () => measurePollingRequests(set)]),
  ['catching up', () => measureCatchUp(tenPools)],
  ['memory over 10,000 blocks', () => measureMemory(tenPools)],
];
await runBench(machine, measurements);
await Promise.all([anvil.stop(), remembering.stop()]);
