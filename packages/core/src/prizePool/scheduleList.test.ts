import { describe, expect, it } from '@jest/globals';
import { scheduleList } from './schedule.ts';

const vaultA = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const vaultB = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const problem = (text: string) =>
  scheduleList()
    .safeParse(text)
    .error?.issues.map(issue => issue.message);

describe('scheduleList', () => {
  it('default: the anchor of each pool, by its address with the checksum', () => {
    expect(scheduleList().parse(`${vaultA.toLowerCase()}:Wed:13, ${vaultB} : Sun : 01 : 30`)).toEqual(
      new Map([
        [vaultA, { weekday: 3, hour: 13, minute: 0 }],
        [vaultB, { weekday: 0, hour: 1, minute: 30 }],
      ]),
    );
  });

  it('behavior: says of every entry what is wrong with it', () => {
    expect(problem(`${vaultA},${vaultB.replace('F', 'f')}:Wed,Wed:13,${vaultB}:Wodan:25`)).toEqual([
      'entry 1 is not address:weekday:hour or address:weekday:hour:minute',
      'entry 2 has a wrong checksum: a digit or the case of a letter was changed',
      'entry 2 is not address:weekday:hour or address:weekday:hour:minute',
      'entry 3 is not an address (0x and 40 hex digits)',
      `entry 4 repeats ${vaultB}`,
      'entry 4 has no weekday of Sun, Mon, Tue, Wed, Thu, Fri, Sat after the address',
      'entry 4 has no hour from 0 to 23 (UTC) where one belongs',
    ]);
  });

  it('behavior: a pool has one anchor', () => {
    expect(problem(`${vaultA}:Wed:13,${vaultA.toLowerCase()}:Sun:01`)).toEqual([`entry 2 repeats ${vaultA}`]);
  });
});
