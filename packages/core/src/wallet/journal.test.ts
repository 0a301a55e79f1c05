import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromJournal, journalSchema, toJournal } from './journal.ts';

const from = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720';
const wei = fc.bigInt({ min: 0n, max: 2n ** 128n });
const attempt = fc.record({ hash: fc.string(), raw: fc.string(), maxFeeWei: wei, tipWei: wei });
const entry = fc.record({
  nonce: fc.nat(),
  label: fc.string(),
  to: fc.string(),
  data: fc.string(),
  gasLimit: wei,
  attempts: fc.array(attempt, { minLength: 1, maxLength: 4 }),
});

describe('journal', () => {
  it('property: transactions in flight are read from disk as they were', () => {
    fc.assert(
      fc.property(fc.array(entry), entries => {
        const text = JSON.stringify(toJournal(from, entries));
        expect(fromJournal(journalSchema.parse(JSON.parse(text)), from)).toEqual(entries);
      }),
    );
  });

  it('behavior: ignores the case of the address, and the entries of another address', () => {
    const one = {
      nonce: 1,
      label: 'mint',
      to: from,
      data: '0x',
      gasLimit: 1n,
      attempts: [{ hash: '0x1', raw: '0x2', maxFeeWei: 1n, tipWei: 1n }],
    };
    const journal = toJournal(from, [one]);
    expect(fromJournal(journal, from.toLowerCase())).toEqual([one]);
    expect(fromJournal(journal, `0x${'11'.repeat(20)}`)).toEqual([]);
  });

  it('behavior: rejects a journal with an entry that was never signed', () => {
    const entry = { nonce: 1, label: '', to: '', data: '', gasLimit: '1', attempts: [] };
    expect(journalSchema.safeParse({ from, entries: [entry] }).success).toBe(false);
  });
});
