import type { PlannedFault } from '../faults/spec.ts';
import type { Plan } from './plan.ts';

/** A finding of a run: a rule that was broken, and how. */
export interface Finding {
  readonly rule: string;
  readonly text: string;
}

export interface Minimised {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  readonly runs: number;
}

export interface MinimiseOptions {
  /** Runs a plan and returns what the checker finds. */
  run(plan: Plan): Promise<readonly Finding[]>;
  onRun?(faults: number, stillFails: boolean): void;
  /** The most runs; the smallest plan so far is returned then. */
  readonly mostRuns: number;
}

/**
 * Removes faults from a plan that fails, until no smaller part of it breaks one of the same rules: halves first
 * (delta debugging), then one by one. The times of the faults that stay do not change, and neither does the
 * seed, so that the people do the same.
 */
export async function minimise(
  plan: Plan,
  findings: readonly Finding[],
  { run, onRun, mostRuns }: MinimiseOptions,
): Promise<Minimised> {
  const rules = new Set(findings.map(({ rule }) => rule));
  let best: Minimised = { plan, findings, runs: 0 };
  let runs = 0;
  const tryWith = async (faults: readonly PlannedFault[]): Promise<boolean> => {
    const candidate = shortened({ ...plan, faults });
    const found = (await run(candidate)).filter(({ rule }) => rules.has(rule));
    runs += 1;
    onRun?.(faults.length, found.length > 0);
    if (found.length === 0) return false;
    best = { plan: candidate, findings: found, runs };
    return true;
  };
  let parts = 2;
  while (runs < mostRuns) {
    const { faults } = best.plan;
    if (faults.length === 0) break;
    const size = Math.ceil(faults.length / parts);
    let hasShrunk = false;
    for (let from = 0; from < faults.length && runs < mostRuns; from += size) {
      const rest = [...faults.slice(0, from), ...faults.slice(from + size)];
      if (!(await tryWith(rest))) continue;
      hasShrunk = true;
      parts = Math.max(parts - 1, 2);
      break;
    }
    if (hasShrunk) continue;
    if (size === 1) break;
    parts = Math.min(parts * 2, faults.length);
  }
  return { ...best, runs };
}

/** A plan ends a while after its last fault: the time after that shows nothing new. */
function shortened(plan: Plan): Plan {
  const lastEnd = Math.max(0, ...plan.faults.map(({ atSeconds, lastsSeconds }) => atSeconds + lastsSeconds));
  const hours = Math.min(plan.hours, (lastEnd + 900) / 3_600);
  return { ...plan, hours };
}
