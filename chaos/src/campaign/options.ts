import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Plan } from './plan.ts';

/** The options of a campaign, which a person sets as environment variables. */
export interface Options {
  readonly seed: string;
  readonly hours: number;
  /** A plan that is run again as it is. */
  readonly replay: Plan | undefined;
  /** Folder for the evidence; a temporary one unless given. */
  readonly folder: string | undefined;
  /** A checkout of an older version, with its build, for the faults that roll a bot back. */
  readonly older: string | undefined;
  /** Whether the bots run as containers of their images, and not as processes. */
  readonly inContainers: boolean;
  /** Whether the run adds its figures to the report. */
  readonly reports: boolean;
  /** The most runs that the search for the smallest history may take. */
  readonly mostRuns: number;
}

export const usage = `usage: make chaos [SEED=text] [HOURS=figure] [REPLAY=file] [OUT=folder] [OLDER=folder] [CONTAINERS=1]
                  [REPORT=1] [MINIMISE=runs]

  SEED        decides all faults and what people do; 1 unless given
  HOURS       of chain time, from 0.25; 1 unless given
  REPLAY      runs the faults of a file again: a plan.json, or a smallest history that a run has written
  OUT         keeps history, evidence, outputs and states in this folder
  OLDER       a checkout of an older version that is built: bots are rolled back to it; left out unless given
  CONTAINERS  1 builds the images of the bots, and runs these; as processes unless given
  REPORT      1 adds the run to docs/reliability.md
  MINIMISE    the most runs of the search for the smallest history; 12 unless given, 0 for none
`;

const planned = z.object({
  id: z.string().min(1),
  spec: z.string().min(1),
  atSeconds: z.number().nonnegative(),
  lastsSeconds: z.number().nonnegative(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const planFile = z.object({ seed: z.string(), hours: z.number().positive(), faults: z.array(planned) });

/** @throws Error that names the variable, and what a right value looks like */
export function readOptions(env: Readonly<Record<string, string | undefined>>): Options {
  const { SEED, HOURS, REPLAY, OUT, OLDER, CONTAINERS, REPORT, MINIMISE } = env;
  const hours = Number(HOURS || 1);
  if (!(hours >= 0.25 && hours <= 100))
    throw new Error(`HOURS is ${HOURS}: give a figure from 0.25 to 100, such as HOURS=1`);
  const mostRuns = Number(MINIMISE || 12);
  if (!Number.isInteger(mostRuns) || mostRuns < 0)
    throw new Error(`MINIMISE is ${MINIMISE}: give a whole number, such as MINIMISE=12`);
  if (CONTAINERS && CONTAINERS !== '0' && CONTAINERS !== '1')
    throw new Error(`CONTAINERS is ${CONTAINERS}: give CONTAINERS=1, or leave it out`);
  return {
    seed: SEED || '1',
    hours,
    replay: REPLAY ? readPlan(REPLAY) : undefined,
    folder: OUT || undefined,
    older: OLDER ? resolve(OLDER) : undefined,
    inContainers: CONTAINERS === '1',
    reports: REPORT === '1',
    mostRuns,
  };
}

/** @throws Error that names the file and the first field that is not valid */
function readPlan(path: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`REPLAY: ${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = planFile.safeParse(value);
  if (!parsed.success) throw new Error(`REPLAY: ${path} is no plan: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
