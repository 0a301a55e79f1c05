import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OwnNonces } from './OwnNonces.ts';

function watched() {
  const reported: number[] = [];
  return { reported, nonces: new OwnNonces(foreign => reported.push(...foreign)) };
}

describe('OwnNonces', () => {
  it('default: nonces of this process, mined in any order, are not reported', () => {
    const { reported, nonces } = watched();
    for (const nonce of [7, 8, 9]) nonces.take(nonce);
    for (const count of [7, 9, 8, 10, 10]) nonces.see(count);
    expect(reported).toEqual([]);
  });

  it('behavior: a count that moves without this process is reported once, at the second look', () => {
    const { reported, nonces } = watched();
    nonces.take(4);
    nonces.see(7);
    expect(reported).toEqual([]);
    nonces.see(7);
    nonces.see(7);
    expect(reported).toEqual([5, 6]);
  });

  it('behavior: the next nonce of this process shows that others were used in between', () => {
    const { reported, nonces } = watched();
    nonces.take(4);
    nonces.see(5);
    nonces.take(8);
    nonces.see(9);
    expect(reported).toEqual([5, 6, 7]);
  });

  it('behavior: a single count that is too high, and one that lags, report nothing', () => {
    const { reported, nonces } = watched();
    nonces.take(4);
    for (const count of [5, 5_000, 5, 3, 5]) nonces.see(count);
    expect(reported).toEqual([]);
  });

  it('behavior: the nonces of an earlier process are not reported', () => {
    const { reported, nonces } = watched();
    nonces.see(100);
    nonces.see(100);
    nonces.take(100);
    nonces.see(101);
    expect(reported).toEqual([]);
  });

  it('property: exactly the nonces of the other sender are reported, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.nat(50), (isOwn, first) => {
        const { reported, nonces } = watched();
        nonces.see(first);
        const foreign: number[] = [];
        isOwn.forEach((own, i) => {
          if (own) nonces.take(first + i);
          else foreign.push(first + i);
          nonces.see(first + i + 1);
        });
        nonces.see(first + isOwn.length);
        expect(reported).toEqual(foreign);
      }),
    );
  });
});
