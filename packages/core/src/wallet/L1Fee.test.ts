import { describe, expect, it } from '@jest/globals';
import { Interface, toBeHex } from 'ethers';
import type { RpcClient } from '../rpc/index.ts';
import { L1Fee, l1FeeOf } from './L1Fee.ts';

const abi = new Interface(['function getL1FeeUpperBound(uint256)', 'function getL1Fee(bytes)']);
const upperBound = abi.getFunction('getL1FeeUpperBound')?.selector ?? '';
const ofBytes = abi.getFunction('getL1Fee')?.selector ?? '';
const word = (wei: bigint) => toBeHex(wei, 32);
const call = `0x${'12'.repeat(68)}`;

/** A node whose oracle answers each function with the given answer; an error is thrown. */
function oracle(answers: Record<string, unknown>) {
  const time = { ms: 0 };
  const asked: string[] = [];
  const provider = {
    async send(_: string, params: unknown[]) {
      const { data } = params[0] as { data: string };
      asked.push(data.slice(0, 10));
      const answer = answers[data.slice(0, 10)];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return {
    fee: new L1Fee(provider, { l1FeeOracle: '0x42' }, { nowMs: () => time.ms }),
    asked,
    time,
    answers,
  };
}

describe('L1Fee', () => {
  it('default: a quarter above the upper bound by size', async () => {
    const { fee, asked } = oracle({ [upperBound]: word(100n) });
    expect(await fee.estimateWei(call)).toBe(125n);
    expect(asked).toEqual([upperBound]);
    expect(fee.lastWei).toBe(125n);
  });

  it('behavior: before Fjord, the fee of as many bytes', async () => {
    const { fee, asked } = oracle({ [upperBound]: new Error('execution reverted'), [ofBytes]: word(80n) });
    expect(await fee.estimateWei(call)).toBe(100n);
    expect(asked).toEqual([upperBound, ofBytes]);
  });

  it('behavior: zero on a chain without the oracle, which is asked once, or not at all', async () => {
    const unknown = oracle({ [upperBound]: '0x' });
    expect([await unknown.fee.estimateWei(call), await unknown.fee.estimateWei(call)]).toEqual([0n, 0n]);
    expect(unknown.asked).toHaveLength(1);
    const never = async () => {
      throw new Error('asked');
    };
    expect(await new L1Fee({ send: never }, {}, { nowMs: () => 0 }).estimateWei(call)).toBe(0n);
  });

  it('behavior: an oracle that does not answer keeps the last figure, and never keeps a call from being sent', async () => {
    const { fee, answers, time } = oracle({ [upperBound]: word(100n), [ofBytes]: new Error('down') });
    await fee.estimateWei(call);
    answers[upperBound] = new Error('down');
    time.ms += 120_000;
    expect(await fee.estimateWei(call)).toBe(125n);
    expect(await oracle({ [upperBound]: new Error('down'), [ofBytes]: null }).fee.estimateWei(call)).toBe(0n);
  });

  it('behavior: reads again after a single answer that there is no oracle, and keeps the figure', async () => {
    const gone = oracle({ [upperBound]: '0x' });
    expect(await gone.fee.estimateWei(call)).toBe(0n);
    gone.answers[upperBound] = word(100n);
    gone.time.ms += 601_000;
    expect(await gone.fee.estimateWei(call)).toBe(125n);
    gone.answers[upperBound] = '0x';
    gone.time.ms += 61_000;
    expect(await gone.fee.estimateWei(call)).toBe(125n);
  });

  it('behavior: believes a figure that has risen far once the other endpoints report it too', async () => {
    const answers = [2n ** 200n, 2n ** 200n, 100n];
    const [all, first, second] = answers.map((_, i) => ({
      send: async () => word(answers[i] ?? 0n),
    })) as unknown as [RpcClient, RpcClient, RpcClient];
    const time = { ms: 0 };
    const fee = new L1Fee(
      all,
      { l1FeeOracle: '0x42' },
      { nowMs: () => time.ms, others: () => [first, second] },
    );
    expect(await fee.estimateWei(call)).toBe(125n);
    answers[2] = 4_000n;
    answers[0] = 4_000n;
    answers[1] = 4_000n;
    time.ms += 61_000;
    expect(await fee.estimateWei(call)).toBe(5_000n);
  });

  it('behavior: reads the figure once a minute', async () => {
    const { fee, asked, time } = oracle({ [upperBound]: word(100n) });
    await fee.estimateWei(call);
    await fee.estimateWei(call);
    expect(asked).toHaveLength(1);
    time.ms += 61_000;
    await fee.estimateWei(call);
    expect(asked).toHaveLength(2);
  });
});

describe('l1FeeOf', () => {
  it.each([
    ['0x64', 100n],
    [undefined, 0n],
    [null, 0n],
    ['text', 0n],
    [7, 0n],
  ])('of a receipt with %j: %s wei', (l1Fee, wei) => {
    expect(l1FeeOf({ l1Fee })).toBe(wei);
  });
});
