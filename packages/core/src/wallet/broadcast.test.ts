import { describe, expect, it } from '@jest/globals';
import type { BroadcastResult, FailoverProvider } from '../rpc/index.ts';
import { broadcast, broadcastFields } from './broadcast.ts';

const giving = (result: BroadcastResult | Error) =>
  ({
    async broadcastRaw() {
      if (result instanceof Error) throw result;
      return result;
    },
  }) as unknown as FailoverProvider;

describe('broadcast', () => {
  it('default: an accepted transaction', async () => {
    expect(await broadcast({ provider: giving({ kind: 'accepted' }) }, '0x02')).toEqual({
      verdict: 'accepted',
    });
  });

  it('behavior: with a relay, signed bytes go to the relay alone', async () => {
    const seen: string[] = [];
    const outlet = (name: string) =>
      ({
        async broadcastRaw(raw: string) {
          seen.push(`${name} ${raw}`);
          return { kind: 'accepted' };
        },
      }) as unknown as FailoverProvider;
    await broadcast({ provider: outlet('node'), relay: outlet('relay') }, '0x02');
    expect(seen).toEqual(['relay 0x02']);
  });

  it('behavior: sends no byte when the fence throws', async () => {
    let left = 0;
    const provider = { broadcastRaw: async () => (left += 1) } as unknown as FailoverProvider;
    const fence = async () => {
      throw new Error('not any more');
    };
    await expect(broadcast({ provider, fence }, '0x02')).rejects.toThrow('not any more');
    expect(left).toBe(0);
  });

  it('behavior: a refusal keeps its meaning and the nodes’ words', async () => {
    const refused = { meaning: 'nonce-used', said: 'nonce too low: next nonce 5', isCertain: true } as const;
    const result = await broadcast({ provider: giving({ kind: 'refused', ...refused }) }, '0x02');
    expect(result).toEqual({ verdict: 'refused', ...refused });
    expect(broadcastFields(result)).toEqual({
      verdict: 'refused',
      meaning: 'nonce-used',
      said: 'nonce too low: next nonce 5',
    });
  });

  it.each([
    [
      'no endpoint replied',
      { kind: 'unknown', faults: [new Error('a is down'), new Error('a is down')] } as const,
    ],
    ['the provider failed', new Error('a is down')],
  ])('behavior: the outcome is unknown when %s', async (_, result) => {
    expect(await broadcast({ provider: giving(result) }, '0x02')).toEqual({
      verdict: 'unknown',
      said: 'a is down',
    });
  });
});
