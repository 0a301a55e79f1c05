import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultsFound, summary } from './report.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: soak [--minutes <of chain time, default 60>] [--seed <whole number>]\n');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startedAt = Date.now();
const say = (text: string) =>
  process.stderr.write(`${`${Math.round((Date.now() - startedAt) / 1_000)}`.padStart(4)} s  ${text}\n`);
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const findings = await soak({ entry, minutes, seed, say });
say('done');
process.stdout.write(`\n${summary(findings)}\n`);
const found = faultsFound(findings);
process.stdout.write(
  found.length === 0 ? '\nAll is well.\n' : `\n${found.map(each => `✗ ${each}`).join('\n')}\n`,
);
process.exitCode = found.length === 0 ? 0 : 1;
