import { cpus } from 'node:os';
import { type Measurement, runBench } from '@service-bots/devnet';
import { measurePlanner } from './planner.ts';
import { measureReading } from './reading.ts';

const measurements: Measurement[] = [
  ['the planner', measurePlanner],
  ['reading 50 pools', measureReading],
];
await runBench(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`,
  measurements,
);
