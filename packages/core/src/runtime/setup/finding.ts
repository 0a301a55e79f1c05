import type { ConfigProblem } from '../../config/index.ts';

/** The result of examining one part of a set-up: a line of the table that `--check` prints. */
export interface Finding {
  /** `fail`: the bot would not work. `warn`: the bot would work, and the operator should look at it. */
  verdict: 'ok' | 'warn' | 'fail';
  what: string;
  detail: string;
  /** The reason for which the start is refused; absent where the bot starts all the same. */
  problem?: ConfigProblem;
}

/** Returns a finding that a part of the set-up works. */
export function ok(what: string, detail: string): Finding {
  return { verdict: 'ok', what, detail };
}

/** Returns a finding that a part of the set-up may cause trouble. */
export function warn(what: string, detail: string): Finding {
  return { verdict: 'warn', what, detail };
}

/** Returns a finding that the set-up does not work. */
export function fail(what: string, detail: string): Finding {
  return { verdict: 'fail', what, detail };
}

/** Returns the findings as a table with one line each, in the order in which they were found. */
export function renderFindings(bot: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ verdict, what, detail }) => `${verdict.padEnd(4)}  ${bot}  ${what.padEnd(width)}  ${detail}\n`)
    .join('');
}
