// As every bot does.
import '@service-bots/core/smallHeap';
import process from 'node:process';
import { describeMachine, runBench } from '@service-bots/devnet';
import { measureManyOpen } from './manyOpen.ts';
import { measureMemory } from './memory.ts';
import { measureReporting } from './reporting.ts';

await runBench(await describeMachine(), [
  // First: what another measurement has left to be collected would be taken off.
  ['10,000 alerts that nobody takes', measureMemory],
  ['reporting while every channel hangs', measureReporting],
  ['2,000 conditions at once', measureManyOpen],
]);
// What hangs would keep this process alive.
process.exit();
