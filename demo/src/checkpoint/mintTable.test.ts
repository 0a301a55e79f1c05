import { describe, expect, it } from '@jest/globals';
import { table } from '../table.ts';
import type { Minted } from './chainRecord.ts';
import { mintColumns, mintRows } from './mintTable.ts';

const day = 86_400;
const start = Date.UTC(2026, 10, 29) / 1000;
const cast = { bot: '0xB07', competitor: '0xC0', traders: ['0x7A', '0x7B'] };
const dai = { address: '0xDA1', name: '7 Day DAI', decimals: 18, checkpointDuration: day };
const usdc = { address: '0x05DC', name: '7 Day USDC', decimals: 6, checkpointDuration: 3_600 };

/** @param time and `late`: seconds from the first checkpoint, and from this one */
function mint(pool: string, time: number, late: number, over: Partial<Minted> = {}): Minted {
  return {
    pool,
    time: start + time,
    blockTime: start + time + late,
    maturedLongs: 5n * 10n ** 18n,
    maturedShorts: 0n,
    minter: cast.bot,
    hash: `0x${'ab'.repeat(32)}`,
    block: 7,
    paused: false,
    ...over,
  };
}

describe('mintRows', () => {
  it('default: who minted what and how late, the oldest checkpoint first', () => {
    const mints = [
      mint(dai.address, 3 * day, day, { paused: true }),
      mint(dai.address, 0, day / 2),
      mint(usdc.address, 3_600, 1_801, { maturedLongs: 0n, maturedShorts: 8_000_000_000n }),
      mint(dai.address, day, day / 2, { minter: cast.competitor }),
      mint(dai.address, 2 * day, 60, { minter: '0x7B', paused: true }),
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
    const stranger = mint('0x9999990000009999', 0, 60, { minter: '0x1234567890abcdef' });
    const [row] = mintRows([stranger], [dai], cast);
    expect(row?.[0]).toBe('0x9999…9999');
    expect(row?.[4]).toBe('0x1234…cdef');
  });
});
