import { describe, expect, it } from '@jest/globals';
import type { Endpoint } from './Endpoint.ts';
import { type CountSource, TransactionCounts } from './TransactionCounts.ts';

const wallet = '0xWallet';

/** Endpoints, each with the count that it returns; the first one is asked first. */
function world(...told: number[]) {
  const outOfUse = new Set<number>();
  const endpoints = told.map(() => ({ silentMs: 0, head: { number: 7, at: 0 } }) as unknown as Endpoint);
  const source = {
    health: { endpoints, inUse: () => endpoints.filter((_, i) => !outOfUse.has(i)) },
    askOne: async (endpoint: Endpoint) => ({ id: 1, result: `0x${told[endpoints.indexOf(endpoint)]}` }),
  } as unknown as CountSource;
  const counts = new TransactionCounts();
  return {
    told,
    outOfUse,
    counts,
    look: () => counts.believed(source, wallet, Promise.resolve(told[0] as number)),
    next: () => counts.next(source, wallet, Promise.resolve(told[0] as number)),
  };
}

describe('the next nonce after a refusal as used', () => {
  it('is the same when the only endpoint still reports that count: its refusal was wrong, or its count is late', async () => {
    const { counts, next } = world(0);
    expect(await next()).toBe(0);
    counts.refused(wallet, 0);
    expect(await next()).toBe(0);
  });

  it('is the next one when the only endpoint refuses the nonce a second time', async () => {
    const { counts, next } = world(0);
    await next();
    counts.refused(wallet, 0);
    await next();
    counts.refused(wallet, 0);
    expect(await next()).toBe(1);
  });

  it('is the same where two endpoints agree on the count', async () => {
    const { counts, next } = world(0, 0);
    await next();
    counts.refused(wallet, 0);
    expect(await next()).toBe(0);
  });

  it.each([1, 3])('does not depend on %i reads of the count in between', async looks => {
    for (const told of [[0], [0, 0], [0, 1], [1, 0]]) {
      const [alone, watched] = [world(...told), world(...told)];
      for (const { counts, next } of [alone, watched]) {
        await next();
        counts.refused(wallet, 0);
      }
      for (let look = 0; look < looks; look += 1) await watched.look();
      expect(await watched.next()).toBe(await alone.next());
    }
  });

  it('is above the refused one where one of two endpoints is behind', async () => {
    const { counts, next } = world(0, 1);
    await next();
    counts.refused(wallet, 0);
    expect(await next()).toBe(1);
  });
});

it('a jump that one endpoint reports while the other is out of use is not believed, and each refusal explains one more', async () => {
  const { counts, next, told, outOfUse } = world(1, 1);
  expect(await next()).toBe(1);
  outOfUse.add(1);
  told[0] = 9;
  expect(await next()).toBe(1);
  for (const nonce of [1, 2]) {
    counts.refused(wallet, nonce);
    expect(await next()).toBe(nonce + 1);
  }
  // The other one is back, and explains the rest.
  outOfUse.clear();
  told[1] = 9;
  expect(await next()).toBe(9);
});

it('a refusal does not raise a count that is read for another purpose', async () => {
  const { counts, look, next } = world(0);
  await next();
  counts.refused(wallet, 0);
  expect(await look()).toBe(0);
});
