// The flags are those of every bot.
import '@service-bots/core/v8Flags';
import process from 'node:process';
import { describeMachine, runBench } from '@service-bots/devnet';
import { measureManyOpen } from './manyOpen.ts';
import { measureMemory } from './memory.ts';
import { measureReporting } from './reporting.ts';

await runBench(await describeMachine(), [
  // Memory comes first: garbage of another measurement would be subtracted from its result.
  ['10,000 alerts that no channel takes', measureMemory],
  ['reporting while every channel hangs', measureReporting],
  ['2,000 conditions at once', measureManyOpen],
]);
// Hanging requests would keep this process alive.
process.exit();
