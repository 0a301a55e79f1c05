import { describe, expect, it } from '@jest/globals';
import type { BatchReader, ReadResult } from '@service-bots/core/rpc';
import { blockOf, noon } from '../../test/view.ts';
import { type Knowledge, PastSearches, vanished } from './vanished.ts';

const pool = '0x00000000000000000000000000000000000000a1';
const other = '0x00000000000000000000000000000000000000A2';
const registry = '0x00000000000000000000000000000000000000b1';
const factory = '0x00000000000000000000000000000000000000c1';
const nobody = '0x0000000000000000000000000000000000000000';

const yes = (value: unknown): ReadResult<never> => ({ ok: true, value: value as never });
const nothing: ReadResult<never> = { ok: false, reason: 'returned nothing', unusable: true };
const failed: ReadResult<never> = { ok: false, reason: 'the node is out of order' };

/** The answers of contracts at a block, to an endpoint. */
type World = (target: string, block: number, endpoint: string | undefined) => ReadResult<never>;

function contextOf(world: World, endpoints: readonly string[] = ['a']) {
  const readerVia = (label?: string): BatchReader => ({
    read: async (block, reads) => reads.map(({ target }) => world(target, block.number, label)),
    balanceOf: () => undefined,
    via: ({ label: next }) => readerVia(next),
  });
  const logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {}, child: () => logger };
  const provider = {
    endpoints: endpoints.map(label => ({ label })),
    send: async (_: string, [number]: [string]) => {
      const { hash, parentHash, timestamp } = blockOf(Number(number), noon);
      return { number, hash, parentHash, timestamp: `0x${timestamp.toString(16)}`, baseFeePerGas: '0x1' };
    },
  };
  return { reader: readerVia(), provider, logger } as unknown as Parameters<typeof vanished>[0];
}

const knowing = (changes: Partial<Knowledge> = {}): Knowledge => ({
  registry,
  wasWatched: async () => false,
  isNamed: () => false,
  ...changes,
});
const gone = { address: pool, reason: 'name: name() returned nothing: no such contract or method' };
const judge = async (world: World, known = knowing(), endpoints?: string[]) =>
  (await vanished(contextOf(world, endpoints), blockOf(5_000, noon), { unreadable: [gone], known })).get(
    pool,
  );

/** There is nothing at the address, and no factory deployed it. */
const empty: World = target => (target === registry ? yes({ factory: nobody }) : nothing);

describe('a listed address that does not answer', () => {
  it.each<[string, World, Partial<Knowledge>, string]>([
    [
      'this bot has watched',
      empty,
      { wasWatched: async address => address === pool },
      'this bot has watched it',
    ],
    [
      'the operator names',
      empty,
      { isNamed: address => address === pool },
      'the overrides name it as a pool',
    ],
    [
      'the registry’s factory has deployed',
      target => (target === registry ? yes({ factory }) : target === factory ? yes(true) : nothing),
      {},
      `its factory ${factory} confirms that it deployed this pool`,
    ],
    [
      'was a pool a block ago',
      (target, block) => (target === pool && block < 5_000 ? yes({}) : empty(target, block, undefined)),
      {},
      'it answered as a pool in block 4999',
    ],
    [
      'was a pool long ago',
      (target, block) => (target === pool && block < 4_000 ? yes({}) : empty(target, block, undefined)),
      {},
      'it answered as a pool in block 2952',
    ],
  ])('and that %s is a vanished pool, critical', async (_, world, known, evidence) => {
    expect(await judge(world, knowing(known))).toMatchObject({
      check: 'pool-answers',
      pool,
      failing: true,
      severity: 'critical',
      message: expect.stringContaining(evidence),
    });
  });

  it.each<[string, World]>([
    ['of which nothing tells', empty],
    [
      'whose factory disowns it',
      target => (target === registry ? yes({ factory }) : target === factory ? yes(false) : nothing),
    ],
    ['whose factory is none', target => (target === registry ? yes({ factory }) : nothing)],
    ['of a registry without factories', () => nothing],
  ])('and %s is none', async (_, world) => {
    expect(await judge(world)).toBeUndefined();
  });

  it('that was never a pool costs later discoveries one read of each endpoint, for an hour', async () => {
    let requests = 0;
    const counting: World = (...args) => {
      requests += 1;
      return empty(...args);
    };
    const searches = new PastSearches();
    const ctx = contextOf(counting, ['a', 'b']);
    const discover = async (seconds: number) => {
      requests = 0;
      await vanished(ctx, blockOf(5_000, noon + seconds), { unreadable: [gone], known: knowing(), searches });
      return requests;
    };
    expect(await discover(0)).toBeGreaterThan(8);
    expect(await discover(60)).toBe(2);
    expect(await discover(3_599)).toBe(2);
    expect(await discover(3_600)).toBeGreaterThan(8);
    // Off the list and on it again: the search is repeated.
    await vanished(ctx, blockOf(5_000, noon), { unreadable: [], known: knowing(), searches });
    expect(await discover(3_700)).toBeGreaterThan(8);
  });

  it('that is a vanished pool stays so, without another search', async () => {
    const searches = new PastSearches();
    const was: World = (target, block) =>
      target === pool && block < 5_000 ? yes({}) : empty(target, block, undefined);
    const head = blockOf(5_000, noon);
    expect(
      (await vanished(contextOf(was), head, { unreadable: [gone], known: knowing(), searches })).size,
    ).toBe(1);
    expect(
      (await vanished(contextOf(empty), head, { unreadable: [gone], known: knowing(), searches })).size,
    ).toBe(1);
  });

  const named = knowing({ isNamed: () => true });

  it('is none while an endpoint gets its answer at the same block, and while none could ask it', async () => {
    const oneLies: World = (target, block, endpoint) =>
      endpoint === 'b' && target === pool ? yes({}) : empty(target, block, endpoint);
    expect(await judge(oneLies, named, ['a', 'b'])).toBeUndefined();
    expect(await judge(() => failed, named, ['a', 'b'])).toBeUndefined();
    const oneIsDown: World = (target, block, endpoint) =>
      endpoint === 'a' ? failed : empty(target, block, endpoint);
    expect(await judge(oneIsDown, named, ['a', 'b'])).toMatchObject({ severity: 'critical' });
  });

  it('makes no observation about other addresses, and never throws', async () => {
    const found = await vanished(contextOf(empty), blockOf(5_000, noon), {
      unreadable: [gone, { address: other, reason: 'name: reverted' }],
      known: knowing({ isNamed: address => address === pool }),
    });
    expect([...found.keys()]).toEqual([pool]);
    const throws: World = () => {
      throw new Error('no endpoint answers');
    };
    expect(await judge(throws, named)).toBeUndefined();
  });
});
