import { describe, expect, it } from '@jest/globals';
import { broken } from '../verdict.fixture.ts';
import type { Attempt } from './chainRecord.ts';
import { at, cast, dai, gho, mint, usdc } from './mints.fixture.ts';
import { type Evidence, judge } from './verdicts.ts';

const mints = [
  mint(dai.address, at(7), at(7.5, 1)),
  mint(usdc.address, at(7), at(7, 1_802), { maturedLongs: 8_000_000_000n }),
  mint(gho.address, at(8), at(8.5, 2), { paused: true, maturedShorts: 10n ** 18n }),
  mint(dai.address, at(9), at(9.5), { minter: cast.competitor }),
  mint(dai.address, at(10), at(10, 60), { minter: cast.traders[1] as string }),
  mint(dai.address, at(11), at(13, 5)),
];
const attempts: Attempt[] = [mints[0], mints[1], mints[2], mints[3], mints[5]].map(each => ({
  sender: cast.bot,
  pool: each?.pool ?? '',
  time: each?.time ?? 0,
  hash: '0x',
  block: 7,
}));

function evidence(over: Partial<Evidence> = {}, chain: Partial<Evidence['chain']> = {}): Evidence {
  const maturities = [
    ...mints.map(({ pool, time }) => ({ pool, time })),
    { pool: dai.address, time: at(99) },
  ];
  return {
    chain: { now: at(13.4), mints, maturities, attempts, ...chain },
    cast,
    pools: [dai, usdc, gho],
    waitingPeriod: 0.5,
    downtime: { from: at(10, 60), until: at(13) },
    exit: { code: 0, signal: null },
    complaints: [],
    ...over,
  };
}

const judgeOf = (...given: Parameters<typeof evidence>) => judge(evidence(...given));

describe('judge', () => {
  it('default: everything happened', () => {
    expect(broken(judgeOf())).toEqual([]);
    expect(judgeOf().map(({ detail }) => detail)).toEqual([
      '6 of 6',
      '3 mints, at most 2 s after',
      '1 of 1',
      '1 mint',
      '1 mint',
      '1 race',
      '1 mint',
      '5 transactions',
      'exit 0',
      'no line above info',
    ]);
  });

  it('behavior: a matured checkpoint that nobody minted, not back-filled either', () => {
    expect(broken(judgeOf({}, { mints: mints.slice(0, 5) }))).toEqual([
      'every matured checkpoint is minted: 1 are not',
      'what was missed while it was down is back-filled after the restart: 0 of 1',
    ]);
  });

  it('behavior: one that is not due yet is not missing', () => {
    const maturities = [...evidence().chain.maturities, { pool: dai.address, time: at(13) }];
    expect(broken(judgeOf({}, { maturities }))).toEqual([]);
    expect(broken(judgeOf({}, { maturities, now: at(13.5) }))).toEqual([
      'every matured checkpoint is minted: 1 are not',
    ]);
  });

  it('behavior: minted before the waiting period was over, or long after', () => {
    for (const blockTime of [at(7.4), at(7.6)]) {
      const [first, ...others] = mints;
      const moved = [mint(dai.address, first?.time ?? 0, blockTime), ...others];
      expect(broken(judgeOf({}, { mints: moved }))).toEqual([
        expect.stringContaining('the bot mints as soon as it is due'),
      ]);
    }
  });

  it('behavior: a transaction of the bot for a checkpoint it had asked for before', () => {
    expect(broken(judgeOf({}, { attempts: [...attempts, ...attempts.slice(0, 1)] }))).toEqual([
      'no checkpoint minted twice by the bot: 1 transactions too many',
    ]);
  });

  it('behavior: a competitor without a race', () => {
    const others = attempts.filter(({ time }) => time !== at(9));
    expect(broken(judgeOf({}, { attempts: others }))).toEqual([
      'a competitor wins a race, which is no failure: 0 races',
    ]);
  });

  it('behavior: a bot that was killed, or complained', () => {
    expect(broken(judgeOf({ exit: { code: null, signal: 'SIGKILL' }, complaints: ['warning: x'] }))).toEqual([
      'the bot stopped cleanly: killed by SIGKILL',
      'nothing went wrong in its log: warning: x',
    ]);
  });

  it('behavior: an empty chain proves nothing', () => {
    const verdicts = judgeOf({}, { mints: [], maturities: [], attempts: [] });
    expect(verdicts.filter(({ holds }) => holds).map(({ claim }) => claim)).toEqual([
      'the bot stopped cleanly',
      'nothing went wrong in its log',
    ]);
  });
});
