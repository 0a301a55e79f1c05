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
export class ConfigError extends Error {
  /** `EX_CONFIG` of sysexits.h: a restart will not help. */
  readonly exitCode = 78;
  readonly retryable = false;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const lines = problems.map(({ variable, problem, example }) => {
      return `  ${variable}: ${problem}.${example === undefined ? '' : ` Example: ${example}`}`;
    });
    super([`${count} with the environment variables:`, ...lines].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
