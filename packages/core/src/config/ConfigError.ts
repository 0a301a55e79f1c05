import { SetupError } from '../errors/index.ts';

/** A problem that the operator has to correct. */
export interface ConfigProblem {
  /** The variable's name, as the operator wrote it or has to write it. */
  readonly variable: string;
  /** The description of the problem, without the value of a secret. */
  readonly problem: string;
  /** A right assignment, `NAME=value`; absent for a problem of no particular variable. */
  readonly example?: string;
}

/** Thrown when the environment cannot be used. Lists every problem, one line each. */
export class ConfigError extends SetupError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const lines = problems.map(({ variable, problem, example }) => {
      return `  ${variable}: ${problem}.${example === undefined ? '' : ` Example: ${example}`}`;
    });
    super([`${count} with the environment variables:`, ...lines].join('\n'));
    this.problems = problems;
  }
}

/** Joins the problems of these errors in one error, each problem once; undefined when there are none. */
export function joined(...errors: readonly (ConfigError | undefined)[]): ConfigError | undefined {
  const all = errors.flatMap(error => error?.problems ?? []);
  const problems = all.filter((one, i) => {
    return (
      all.findIndex(({ variable, problem }) => variable === one.variable && problem === one.problem) === i
    );
  });
  return problems.length === 0 ? undefined : new ConfigError(problems);
}
