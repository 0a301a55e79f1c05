import process from 'node:process';
import { parseArgs } from 'node:util';
import { walk } from './walk.ts';

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    /** Blocks that are not checked, before those that are: to repeat a late finding. */
    from: { type: 'string', default: '0' },
  },
});
const startedAt = Date.now();
const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
let shown = 0;
const report = await walk({
  blocks: Number(values.blocks),
  seed: Number(values.seed),
  from: Number(values.from),
  onProgress: ({ blocks, alarms }) => {
    const fresh = alarms.slice(shown);
    shown = alarms.length;
    const lines = [`${seconds()} s  ${blocks} blocks, ${shown} false alarms`, ...fresh];
    process.stderr.write(`${lines.join('\n')}\n`);
  },
});
const lines = [
  `${report.blocks} blocks, ${report.held} checks held, ${report.skipped} did not apply, ${report.alarms.length} false alarms`,
  `what people did: ${[...report.done].map(([what, times]) => `${what} ${times}`).join(', ')}; refused ${report.refused}`,
  'findings that are true, in blocks of a pool:',
  ...[...report.truths].map(([what, times]) => `  ${times} ${what}`),
  `messages to a channel: ${Object.entries(report.notices)
    .map(([occasion, times]) => `${times} ${occasion}`)
    .join(', ')}; pages ${report.pages}`,
  'the least headroom:',
  ...[...report.least].map(([what, { text }]) => `  ${what}: ${text}`),
  ...report.alarms.slice(0, 50),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = report.alarms.length === 0 ? 0 : 1;
