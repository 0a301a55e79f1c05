import { SetupError } from '../errors/index.ts';

/** One thing the operator has to change. */
export interface ConfigProblem {
  /** The name the operator wrote, or has to write. */
  readonly variable: string;
  /** What is wrong, without the value of a secret. */
  readonly problem: string;
  /** A right assignment, `NAME=value`; none for a problem of no variable in particular. */
  readonly example?: string;
}

/** The environment cannot be used. Lists everything that is wrong, one line each. */
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

/** All that these refuse, in one error, each problem once; undefined when they refuse nothing. */
export function joined(...errors: readonly (ConfigError | undefined)[]): ConfigError | undefined {
  const all = errors.flatMap(error => error?.problems ?? []);
  const problems = all.filter((one, i) => {
    return (
      all.findIndex(({ variable, problem }) => variable === one.variable && problem === one.problem) === i
    );
  });
  return problems.length === 0 ? undefined : new ConfigError(problems);
}

/** What `work` refuses, if anything. */
export function refusalOf(work: () => unknown): ConfigError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
