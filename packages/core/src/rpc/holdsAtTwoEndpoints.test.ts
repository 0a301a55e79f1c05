import { describe, expect, it } from '@jest/globals';
import type { BatchReader } from './createBatchReader.ts';
import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { holdsAtTwoEndpoints } from './holdsAtTwoEndpoints.ts';

/** The answers of an endpoint, one after the other; the last one repeats. `silent`: it has hung for long. */
type Said = (boolean | 'fails' | 'hangs' | 'silent')[];

const said = async (word: Said[number] | undefined): Promise<boolean> => {
  if (word === 'fails') throw new Error('no such block');
  return word === 'hangs' || word === 'silent' ? new Promise<never>(() => undefined) : (word ?? false);
};

/**
 * Returns the joint decision for the answers of the endpoints in use; the first endpoint is asked in any
 * case.
 */
function wordOf(...endpoints: Said[]): Promise<boolean> {
  const inUse = endpoints.map(
    ([first]) => ({ secondOpinionLeftMs: first === 'silent' ? 0 : 1_000 }) as Endpoint,
  );
  const left = new Map(inUse.map((endpoint, i) => [endpoint, [...(endpoints[i] as Said)]]));
  const provider = { health: { inUse: () => inUse } } as unknown as FailoverProvider;
  const holds = ({ endpoint = inUse[0] as Endpoint }: { endpoint?: Endpoint }) => {
    const words = left.get(endpoint) as Said;
    return said(words.length > 1 ? words.shift() : words[0]);
  };
  const reader = { via: (endpoint: Endpoint) => ({ endpoint }) } as unknown as BatchReader;
  return holdsAtTwoEndpoints(provider, reader, { holds: each => holds(each as object), patienceMs: 300 });
}

describe('holdsAtTwoEndpoints', () => {
  it.each<[what: string, endpoints: Said[], expected: boolean]>([
    ['two endpoints say so', [[true], [true]], true],
    ['the only endpoint says so', [[true]], true],
    ['the other one has been silent for long', [[true], ['silent']], true],
    ['the other one has the block a moment later', [[true], ['fails', true]], true],
    ['two of three say so', [[true], [false], [true]], true],
    ['the other one says otherwise', [[true], [false]], false],
    ['both of the others say otherwise', [[true], [false], [false]], false],
    ['the other one cannot tell in time', [[true], ['fails']], false],
    ['the other one does not answer in time', [[true], ['hangs']], false],
    ['the endpoint that is asked anyway says otherwise', [[false], [true]], false],
  ])('%s: %j → %s', async (_, endpoints, expected) => {
    expect(await wordOf(...endpoints)).toBe(expected);
  });

  it('rejects when the first endpoint does not answer', async () => {
    await expect(wordOf(['fails'], [true])).rejects.toThrow('no such block');
  });
});
