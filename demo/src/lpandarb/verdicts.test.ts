import { expect, it } from '@jest/globals';
import { type Evidence, judge } from './verdicts.ts';

const trade = (what: string, paid: bigint, received: bigint) => ({ what, paid, received });
const good: Evidence = {
  trades: [
    trade('AddLiquidity', 20n, 0n),
    trade('OpenLong', 50n, 0n),
    trade('CloseLong', 0n, 51n),
    trade('OpenShort', 3n, 0n),
    trade('CloseShort', 0n, 4n),
    trade('RemoveLiquidity', 0n, 21n),
  ],
  outside: [0, 0.01],
  walletChange: 3n,
  reported: 3n,
  isEmpty: true,
  complaints: [],
};
const failing = (change: Partial<Evidence>) =>
  judge({ ...good, ...change })
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim.split(' ').slice(0, 3).join(' '));

it('holds when all is as it should be, and each claim can fail', () => {
  expect(failing({})).toEqual([]);
  expect(failing({ outside: [0.02] })).toEqual(['the fixed rate']);
  expect(failing({ outside: [] })).toEqual(['the fixed rate']);
  expect(failing({ isEmpty: false })).toEqual(['everything was closed,']);
  expect(failing({ reported: 4n })).toEqual(['the wallet changed']);
  expect(failing({ walletChange: 4n, reported: 4n })).toEqual(['the wallet changed']);
  expect(failing({ trades: [] })).toEqual(['it traded both', 'the wallet changed']);
  expect(failing({ complaints: ['error: x'] })).toEqual(['nothing went wrong']);
});
