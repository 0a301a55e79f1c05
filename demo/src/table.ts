/** A column: its heading, and whether it holds figures. */
export interface Column {
  readonly heading: string;
  readonly right?: boolean;
}

const gap = '  ';

/**
 * Returns a table in lines: the headings, a rule, the rows. Columns are left out, the last first, until it
 * fits.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const widths = columns.map(({ heading }, i) =>
    Math.max(heading.length, ...rows.map(row => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill = ' ') =>
    columns
      .map(({ right }, i) => {
        const cell = cells[i] ?? '';
        return right ? cell.padStart(widths[i] ?? 0, fill) : cell.padEnd(widths[i] ?? 0, fill);
      })
      .join(gap)
      .trimEnd();
  const headings = columns.map(({ heading }) => heading);
  const lines = [
    line(headings),
    line(
      columns.map(() => ''),
      '─',
    ),
    ...rows.map(row => line(row)),
  ];
  const tooWide = columns.length > 1 && lines.some(text => text.length > width);
  return tooWide ? table(columns.slice(0, -1), rows, width) : lines;
}
