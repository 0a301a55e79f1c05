import { describe, expect, it } from '@jest/globals';
import { table } from '../table.ts';
import { incidentColumns, incidentRows } from './incidentTable.ts';
import { dai, loss, over, page, theft, usdc } from './told.fixture.ts';

describe('incidentRows', () => {
  it('default: what the chain says beside what people were told', () => {
    const rows = incidentRows([theft, loss], [page, over(page)], [dai, usdc]);
    expect(table(incidentColumns, rows)).toEqual([
      'pool        check              block     the chain says  told      of block       Rollbar says  now',
      '──────────  ─────────────────  ─────  ─────────────────  ────────  ────────  ─────────────────  ────────',
      '7 Day DAI   total-shares          40  -51,000.83 shares  critical        40  -50,999.68 shares  resolved',
      '7 Day USDC  negative-interest     50           -20.00 %  not told         –                  –  open',
    ]);
  });
});
