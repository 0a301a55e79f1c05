/** A measured figure. */
export interface Row {
  what: string;
  figure: string;
  /** The target of the figure; absent for figures without a target. */
  target?: string;
  met?: boolean;
}

const heads = ['', 'measured', 'target', ''] as const;

/** Returns all figures in a table, beside their targets. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [heads, ...rows.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const lines = cells.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...lines.map(({ length }) => length)));
  return [lines[0], rule, ...lines.slice(1), rule].join('\n');
}

/** Returns the number of targets that were met, in words. */
export function verdict(rows: readonly Row[]): string {
  const judged = rows.filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  if (missed.length === 0) return `All ${judged.length} targets met.`;
  const names = missed.map(({ what }) => what).join('; ');
  return `${judged.length - missed.length} of ${judged.length} targets met. Missed: ${names}.`;
}

function cellsOf({ what, figure, target = '', met }: Row): string[] {
  return [what, figure, target, met === undefined ? '' : met ? '✓' : '✗'];
}
