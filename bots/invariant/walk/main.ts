import process from 'node:process';
import { parseArgs } from 'node:util';
import { walk } from './walk.ts';

const { values } = parseArgs({
  options: { blocks: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const startedAt = Date.now();
const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
const report = await walk({
  blocks: Number(values.blocks),
  seed: Number(values.seed),
  onProgress: ({ blocks, alarms }) =>
    process.stderr.write(`${seconds()} s  ${blocks} blocks, ${alarms.length} false alarms\n`),
});
const lines = [
  `${report.blocks} blocks, ${report.held} checks held, ${report.skipped} did not apply, ${report.alarms.length} false alarms`,
  `what people did: ${[...report.done].map(([what, times]) => `${what} ${times}`).join(', ')}; refused ${report.refused}`,
  'the least headroom:',
  ...[...report.least].map(([what, { text }]) => `  ${what}: ${text}`),
  ...report.alarms.slice(0, 50),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = report.alarms.length === 0 ? 0 : 1;
