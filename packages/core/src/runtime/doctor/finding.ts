/** One line of the table. */
export interface Finding {
  /** `fail`: the bot would not work. `warn`: it would, and somebody should look. */
  verdict: 'ok' | 'warn' | 'fail';
  what: string;
  detail: string;
}

export function ok(what: string, detail: string): Finding {
  return { verdict: 'ok', what, detail };
}

export function warn(what: string, detail: string): Finding {
  return { verdict: 'warn', what, detail };
}

export function fail(what: string, detail: string): Finding {
  return { verdict: 'fail', what, detail };
}

/** The findings as a table, the worst not hidden among the good: one line each. */
export function renderFindings(bot: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ verdict, what, detail }) => `${verdict.padEnd(4)}  ${bot}  ${what.padEnd(width)}  ${detail}\n`)
    .join('');
}
