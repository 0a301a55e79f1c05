import { describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { FailoverProvider } from '@service-bots/core/rpc';
import { deployHyperdrive, startAnvil, weeklyPool } from '@service-bots/devnet';
import { ChainReader } from '../src/chain/ChainReader.ts';
import type { ChainView } from '../src/chain/ChainView.ts';
import { type Listing, listingSchema, nextListing } from '../src/chain/listing.ts';
import { retiredPools } from '../src/conditions/registry.ts';
import { deployment, nowMs, poolA, poolB, silent, statusOf, working } from './fixtures.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('nextListing', () => {
  it('remembers a pool that is listed no more, since when, and forgets it once it is listed again', () => {
    const first = nextListing(undefined, [poolA, poolB], nowMs);
    expect(first).toEqual({ listed: [poolA, poolB], left: [], added: [] });
    const second = nextListing(first, [poolB], nowMs + 5);
    expect(second).toEqual({ listed: [poolB], left: [{ address: poolA, sinceMs: nowMs + 5 }], added: [] });
    // The next reading has the same list, and a later one has an empty registry.
    expect(nextListing(second, [poolB], nowMs + 9).left).toEqual(second.left);
    const emptied = nextListing(second, [], nowMs + 9);
    expect(emptied.left.map(({ address }) => address)).toEqual([poolA, poolB]);
    expect(nextListing(emptied, [poolA.toUpperCase().replace('0X', '0x'), poolB], nowMs + 20).left).toEqual(
      [],
    );
  });

  it('remembers for a day that a pool has been added, and takes the first reading for old', () => {
    const first = nextListing(undefined, [poolA], nowMs);
    const second = nextListing(first, [poolA, poolB], nowMs + 5);
    expect(second.added).toEqual([{ address: poolB, sinceMs: nowMs + 5 }]);
    expect(nextListing(second, [poolA, poolB], nowMs + dayMs).added).toEqual(second.added);
    expect(nextListing(second, [poolA, poolB], nowMs + 5 + dayMs).added).toEqual([]);
    // The file of an earlier version does not have the field.
    expect(listingSchema.parse({ listed: [poolA], left: [] }).added).toEqual([]);
  });

  it('watches it for a year, and bounds what it remembers', () => {
    const left = nextListing(nextListing(undefined, [poolA], nowMs), [], nowMs);
    expect(nextListing(left, [], nowMs + 364 * dayMs).left).toHaveLength(1);
    expect(nextListing(left, [], nowMs + 365 * dayMs).left).toEqual([]);
    const many = Array.from({ length: 5_000 }, (_, i) => `0x${String(i).padStart(40, '0')}`);
    const emptied = nextListing(nextListing(undefined, many, nowMs), [], nowMs);
    expect(emptied.left.length).toBeLessThanOrEqual(200);
    expect(listingSchema.parse(emptied)).toEqual(emptied);
  });
});

describe('a reader of a chain', () => {
  it('reads a pool on after the registry has ceased to list it, also after a restart', async () => {
    const anvil = await startAnvil();
    const devnet = await deployHyperdrive(anvil, {
      pools: [weeklyPool('Stays'), weeklyPool('Goes')],
      paused: [],
    });
    let monotonicMs = 0;
    const clock = {
      now: () => nowMs + monotonicMs,
      monotonicMs: () => monotonicMs,
      sleep: async () => undefined,
    };
    const nothing = { hyperdrive: [], prize: [], wallets: [] };
    const readerWith = async (listings: Record<string, Listing>) => {
      const provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(anvil.rpcUrl) }]);
      return new ChainReader({ provider, registry: devnet.registry, clock, recalled: listings });
    };
    const names = async (reader: ChainReader) =>
      (await reader.read(nothing)).hyperdrive.map(({ name }) => name).sort();
    const reader = await readerWith({});
    expect(await names(reader)).toEqual(['Goes', 'Stays']);

    const { address } = devnet.pool('Goes');
    await devnet.unregisterPool(address);
    monotonicMs += 5 * 60_000;
    const view = await reader.read(nothing);
    expect(view.listed).toHaveLength(1);
    expect(view.left).toEqual([{ address, sinceMs: nowMs + monotonicMs }]);
    expect(await names(reader)).toEqual(['Goes', 'Stays']);
    const next = await readerWith(reader.listings);
    expect(await names(next)).toEqual(['Goes', 'Stays']);

    await devnet.registerPools([address]);
    monotonicMs += 5 * 60_000;
    expect((await next.read(nothing)).left).toEqual([]);
    reader.close();
    next.close();
    await devnet.close();
    await anvil.stop();
  });
});

describe('a pool that has left the registry', () => {
  const view = (over: Partial<ChainView>): ChainView => ({
    chainId: 1,
    name: 'mainnet',
    block: 1_000,
    blockTime: nowMs / 1000,
    readAtMs: nowMs,
    listed: [poolB],
    left: [{ address: poolA, sinceMs: nowMs - 2 * hourMs }],
    added: [],
    hyperdrive: [],
    prize: [],
    lookedAt: [],
    feeWei: 1n,
    wallets: [],
    ...over,
  });
  const found = (over: Partial<ChainView>, pools: readonly string[] = [], isSilent = false) => {
    const bot = working(
      'invariant',
      statusOf('invariant', { pools: pools.map(address => ({ address, name: 'Pool A' })) }),
    );
    return retiredPools(deployment([isSilent ? silent(bot, 3, 30) : bot], { chains: [view(over)] }));
  };

  it('is a warning that names it, since when, and who still watches it', () => {
    const [finding] = found({}, [poolA]);
    expect(finding).toMatchObject({ check: 'pool-retired', subject: 'registry@1', severity: 'warning' });
    expect(finding?.failing && finding.message).toMatch(
      /^The registry of mainnet has ceased to list a pool since 2026-11-30 10:00:00 UTC \(2 h\): 0x(aa){20} \(still watched by invariant\)\. /,
    );
    for (const [dropped] of [found({}), found({}, [poolA], true)])
      expect(dropped?.failing && dropped.message).toContain('(no bot watches it)');
  });

  it.each([
    ['it is listed again', { left: [] }],
    ['a week has passed', { left: [{ address: poolA, sinceMs: nowMs - 7 * dayMs }] }],
  ])('is over once %s', (_, over) => {
    expect(found(over)).toEqual([{ check: 'pool-retired', subject: 'registry@1', failing: false }]);
  });

  it('says nothing while no registry could be read', () => {
    expect(found({ listed: undefined })).toEqual([]);
  });
});
