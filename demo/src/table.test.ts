import { describe, expect, it } from '@jest/globals';
import { table } from './table.ts';

const columns = [{ heading: 'pool' }, { heading: 'longs', right: true }, { heading: 'note' }];
const rows = [
  ['7 Day DAI', '6,005.61', ''],
  ['GHO', '–', 'paused'],
];

describe('table', () => {
  it('default: columns as wide as their widest cell, figures to the right', () => {
    expect(table(columns, rows)).toEqual([
      'pool          longs  note',
      '─────────  ────────  ──────',
      '7 Day DAI  6,005.61',
      'GHO               –  paused',
    ]);
  });

  it('behavior: leaves out the last columns on a narrow terminal', () => {
    expect(table(columns, rows, 27)).toHaveLength(4);
    expect(table(columns, rows, 26)[0]).toBe('pool          longs');
    expect(table(columns, rows, 5)[0]).toBe('pool');
  });

  it('behavior: no rows, headings only', () => {
    expect(table(columns, [])).toEqual(['pool  longs  note', '────  ─────  ────']);
  });
});
