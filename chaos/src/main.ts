import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildImages } from './campaign/images.ts';
import { minimise } from './campaign/minimise.ts';
import { type Options, readOptions, usage } from './campaign/options.ts';
import { drawPlan, type Plan } from './campaign/plan.ts';
import { addToReport } from './campaign/report.ts';
import type { Result } from './campaign/result.ts';
import { tableOf } from './campaign/table.ts';
import { specs } from './faults/index.ts';
import type { Deployment } from './world/runtime.ts';

const exitCodes = { well: 0, found: 1, failed: 2, usage: 2 } as const;
const { stdout, stderr } = process;
const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function options(): Options {
  try {
    return readOptions(process.env);
  } catch (error) {
    stderr.write(`chaos: ${(error as Error).message}\n\n${usage}`);
    process.exit(exitCodes.usage);
  }
}

function images(): Deployment['images'] {
  try {
    return buildImages(inRepository(''), older);
  } catch (error) {
    stderr.write(`chaos: ${(error as Error).message}\n`);
    process.exit(exitCodes.failed);
  }
}

const { seed, hours, replay, folder: given, older, inContainers, reports, mostRuns } = options();
const deployment: Deployment = { older, images: inContainers ? images() : undefined };
const root = given === undefined ? mkdtempSync(join(tmpdir(), 'chaos-')) : resolve(given);
if (existsSync(join(root, 'history.jsonl'))) {
  stderr.write(`chaos: OUT: ${root} holds the evidence of another run: name another folder, or remove it\n`);
  process.exit(exitCodes.usage);
}
const plan = replay ?? drawPlan(specs, seed, hours);
stderr.write(
  `seed ${plan.seed}, ${plan.hours} h of chain time, ${plan.faults.length} faults; evidence in ${root}\n`,
);
const result = await run(plan, root);
stdout.write(`\n${tableOf(result)}\n`);
if (reports) {
  addToReport(result, { runs: inRepository('chaos/runs'), page: inRepository('docs/reliability.md') });
}
if (result.findings.length === 0) process.exit(exitCodes.well);
if (replay || mostRuns === 0) process.exit(exitCodes.found);

stderr.write(`\nThe smallest history is sought, in at most ${mostRuns} runs.\n`);
let number = 0;
const smallest = await minimise(plan, result.findings, {
  mostRuns,
  run: async smaller => {
    number += 1;
    return (await run(smaller, join(root, `smaller-${number}`))).findings;
  },
  onRun: (faults, stillFails) =>
    stderr.write(`${faults} faults: ${stillFails ? 'it fails as well' : 'nothing is found'}\n`),
});
const file = join(root, 'smallest.json');
writeFileSync(file, `${JSON.stringify(smallest.plan, null, 1)}\n`);
stdout.write(`\n${smallest.plan.faults.length} of ${plan.faults.length} faults are enough:\n`);
for (const { spec, atSeconds, lastsSeconds, parameters } of smallest.plan.faults)
  stdout.write(`  ${spec} at ${atSeconds} s for ${lastsSeconds} s ${JSON.stringify(parameters)}\n`);
for (const { rule, text } of smallest.findings) stdout.write(`  ✗ ${rule}: ${text}\n`);
stdout.write(`\nmake chaos REPLAY=${file} runs it again.\n`);
process.exit(exitCodes.found);

/** Runs a plan in a process of its own, whose progress is shown here. */
async function run(planned: Plan, folder: string): Promise<Result> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'plan.json');
  writeFileSync(path, `${JSON.stringify(planned, null, 1)}\n`);
  const entry = fileURLToPath(new URL('./run.js', import.meta.url));
  const child = spawn(process.execPath, [entry, path, folder, JSON.stringify(deployment)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  const code = await new Promise(done => child.once('close', done));
  if (code !== 0) {
    stderr.write(`chaos: the run ended with ${code}; its evidence is in ${folder}\n`);
    process.exit(exitCodes.failed);
  }
  return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as Result;
}
