import { describe, expect, it } from '@jest/globals';
import { table } from '../table.ts';
import { at, cast, dai, mint, usdc } from './mints.fixture.ts';
import { mintColumns, mintRows } from './mintTable.ts';

describe('mintRows', () => {
  it('default: who minted what and how late, the oldest checkpoint first', () => {
    const mints = [
      mint(dai.address, at(3), at(4), { paused: true }),
      mint(dai.address, at(0), at(0.5)),
      mint(usdc.address, at(0, 3_600), at(0, 5_401), { maturedLongs: 0n, maturedShorts: 8_000_000_000n }),
      mint(dai.address, at(1), at(1.5), { minter: cast.competitor }),
      mint(dai.address, at(2), at(2, 60), { minter: '0x7B', paused: true }),
    ];
    expect(table(mintColumns, mintRows(mints, [dai, usdc], cast))).toEqual([
      'pool        checkpoint    longs    shorts  minted by   transaction    late  note',
      '──────────  ────────────  ─────  ────────  ──────────  ───────────  ──────  ─────────────────',
      '7 Day DAI   29 Nov 00:00   5.00         –  bot         0xabab…abab    12 h',
      '7 Day USDC  29 Nov 01:00      –  8,000.00  bot         0xabab…abab  30 min',
      '7 Day DAI   30 Nov 00:00   5.00         –  competitor  0xabab…abab    12 h',
      '7 Day DAI   01 Dec 00:00   5.00         –  trader      0xabab…abab   1 min  paused',
      '7 Day DAI   02 Dec 00:00   5.00         –  bot         0xabab…abab     1 d  paused, back-fill',
    ]);
  });

  it('behavior: a stranger is shown by address, an unknown pool too', () => {
    const stranger = mint('0x9999990000009999', at(0), at(0, 60), { minter: '0x1234567890abcdef' });
    const [row] = mintRows([stranger], [dai], cast);
    expect(row?.[0]).toBe('0x9999…9999');
    expect(row?.[4]).toBe('0x1234…cdef');
  });
});
