// Runs one plan in a process of its own, since the virtual clock stays with the process:
// node run.js plan.json folder [deployment as JSON]
import { setMaxListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { installVirtualClock, monotonicRealMs } from '@service-bots/devnet';
import type { Plan } from './campaign/plan.ts';
import type { Result } from './campaign/result.ts';
import type { Deployment } from './world/runtime.ts';

/** A Wednesday, noon. */
const startSeconds = Date.UTC(2027, 0, 6, 12) / 1_000;
/** For the contracts and the start of the bots. */
const setUpSeconds = 60;
/** The pace on a machine that has nothing else to do. */
const fastest = 20;

// The clock comes first: everything that is loaded after this line lives on it.
const anchor = { realMs: monotonicRealMs(), virtualMs: (startSeconds - setUpSeconds) * 1_000, rate: 0.5 };
const clock = installVirtualClock(anchor);
const { Pace } = await import('./world/Pace.ts');
const { Progress } = await import('./campaign/Progress.ts');
const { runCampaign } = await import('./campaign/runCampaign.ts');
const { describeFinding, ownFindings } = await import('./campaign/result.ts');
const { check, readEvidence } = await import('./checker/index.ts');

const [planPath = '', folder = '', deployed = '{}'] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planPath, 'utf8')) as Plan;
const deployment = JSON.parse(deployed) as Deployment;
const stop = new AbortController();
// Each fault waits for its time.
setMaxListeners(0, stop.signal);
// A second signal must not end it while it unmounts the disks.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
const isLive = process.stderr.isTTY === true && !process.env.CI;
const progress = new Progress(process.stderr, isLive, plan.hours);
const pace = new Pace(clock, anchor, fastest);
try {
  const campaign = await runCampaign({
    plan,
    folder,
    clock,
    pace,
    startSeconds,
    stop: stop.signal,
    deployment,
    onMoment: moment => progress.show(moment),
  });
  const { people, chainSeconds, realSeconds } = campaign;
  const verdict = await check(await readEvidence(campaign.evidence));
  const delaysMs: Record<string, number[]> = {};
  for (const { incident, delayMs } of verdict.delays) {
    const name = incident.checks[0] ?? '';
    delaysMs[name] = [...(delaysMs[name] ?? []), delayMs];
  }
  const kinds = [...new Set([...people.done.keys(), ...people.refused.keys()])].sort();
  const result: Result = {
    plan,
    findings: [
      ...ownFindings(campaign),
      ...verdict.findings.map(finding => describeFinding(finding, startSeconds)),
    ],
    people: Object.fromEntries(
      kinds.map(kind => [kind, { done: people.done.get(kind) ?? 0, refused: people.refused.get(kind) ?? 0 }]),
    ),
    chainSeconds,
    realSeconds,
    runAs: deployment.images ? 'containers' : 'processes',
    leftOut: campaign.leftOut,
    slowedBy: pace.slowedBy,
    counts: verdict.counts,
    delaysMs,
  };
  await campaign.close();
  writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, null, 1)}\n`);
  progress.end();
  process.exit(0);
} catch (error) {
  progress.end();
  process.stderr.write(`chaos: ${(error as Error).stack}\n`);
  process.exit(2);
}
