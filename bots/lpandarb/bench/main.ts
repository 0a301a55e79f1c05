import { cpus } from 'node:os';
import { type Measurement, runBench } from '@service-bots/devnet';
import { measureMemory } from './memory.ts';
import { measurePlanner } from './planner.ts';
import { measureReading } from './reading.ts';

const measurements: Measurement[] = [
  ['the planner', measurePlanner],
  ['reading 50 pools', measureReading],
  ['memory (five minutes)', measureMemory],
];
await runBench(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`,
  measurements,
);
