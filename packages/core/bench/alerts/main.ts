import process from 'node:process';
import { describeMachine, runBench } from '@service-bots/devnet';
import { measureMemory } from './memory.ts';
import { measureReporting } from './reporting.ts';

await runBench(await describeMachine(), [
  ['reporting while every channel hangs', measureReporting],
  ['10,000 alerts that nobody takes', measureMemory],
]);
// What hangs would keep this process alive.
process.exit();
