import { describe, expect, it } from '@jest/globals';
import type { BatchReader } from '@service-bots/core/rpc';
import { AbiCoder, Interface } from 'ethers';
import { blockOf, noon, poolOf } from '../../test/view.ts';
import { isAtLeast } from './InvariantPool.ts';
import { isToken, kindOf, kinds, sharesRead } from './kinds.ts';

const vault = '0x00000000000000000000000000000000000000c1';
const morpho = '0xcA11bde05977b3631167028862bE2a173976CA11';
const market = `0x${'4d'.repeat(32)}`;
/** A reader of a pool that returns its Morpho market. */
const reader = {
  read: async (_: unknown, reads: { decode(returned: string): unknown }[]) =>
    reads.map((read, i) => ({
      ok: true,
      value: read.decode(
        AbiCoder.defaultAbiCoder().encode([i === 0 ? 'address' : 'bytes32'], [i === 0 ? morpho : market]),
      ),
    })),
} as unknown as BatchReader;

const calls = new Interface([
  'function totalShares()',
  'function balanceOf(address)',
  'function sharesOf(address)',
  'function shares(address)',
  'function scaledBalanceOf(address)',
  'function position(bytes32, address)',
]);

async function callOf(kind: string, version: string) {
  const pool = poolOf({ kind, version });
  const read = await sharesRead(reader, blockOf(1, noon), pool);
  if (!read) return undefined;
  const call = calls.parseTransaction({ data: read.data });
  if (!call) throw new Error(`${read.data} is none of the calls`);
  return [read.target, call.name, ...call.args].map(String);
}

describe('how the shares of a pool are read', () => {
  const pool = poolOf().address;
  const account = '0x00000000000000000000000000000000000000A1';
  it.each([
    ['ERC4626Hyperdrive', 'v1.0.16', [vault, 'balanceOf', account]],
    ['StETHHyperdrive', 'v1.0.16', [vault, 'sharesOf', account]],
    ['RETHHyperdrive', 'v1.0.16', [vault, 'balanceOf', account]],
    ['EzETHHyperdrive', 'v1.0.16', [vault, 'balanceOf', account]],
    ['LsETHHyperdrive', 'v1.0.16', [vault, 'balanceOf', account]],
    ['MorphoBlueHyperdrive', 'v1.0.16', [morpho, 'position', market, account]],
    ['AaveHyperdrive', 'v1.0.16', [vault, 'scaledBalanceOf', account]],
    ['AaveHyperdrive', 'v1.0.20', [vault, 'scaledBalanceOf', account]],
    ['AaveL2Hyperdrive', 'v1.0.20', [vault, 'scaledBalanceOf', account]],
    ['EETHHyperdrive', 'v1.0.20', [vault, 'shares', account]],
    ['MorphoBlueHyperdrive', 'v1.0.17', [pool, 'totalShares']],
    ['StkWellHyperdrive', 'v1.0.20', [pool, 'totalShares']],
    ['StakingUSDSHyperdrive', 'v1.0.20', [pool, 'totalShares']],
    ['AerodromeLpHyperdrive', 'v1.0.20', [pool, 'totalShares']],
    ['CornHyperdrive', 'v1.0.20', [pool, 'totalShares']],
    ['ChainlinkHyperdrive', 'v1.0.20', [pool, 'totalShares']],
  ])('%s %s', async (kind, version, call) => {
    expect(await callOf(kind, version)).toEqual(call);
  });

  it('only the supplied shares of a Morpho position count', async () => {
    const read = await sharesRead(
      reader,
      blockOf(1, noon),
      poolOf({ kind: 'MorphoBlueHyperdrive', version: 'v1.0.15' }),
    );
    const position = AbiCoder.defaultAbiCoder().encode(['uint256', 'uint128', 'uint128'], [7n, 8n, 9n]);
    expect(read?.decode(position)).toBe(7n);
  });

  it('no kind is in the table twice', () => {
    const names = kinds.flatMap(kind => kind.names);
    expect(new Set(names).size).toBe(names.length);
  });

  it('a kind that is not in the table has no way', async () => {
    expect(kindOf('Unheard')).toBeUndefined();
    expect(await callOf('Unheard', 'v1.0.20')).toBeUndefined();
  });

  it('ETH is no token', () => {
    expect(isToken(vault)).toBe(true);
    expect(isToken('0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE')).toBe(false);
    expect(isToken('0x0000000000000000000000000000000000000000')).toBe(false);
  });
});

describe('versions', () => {
  it.each([
    ['v1.0.20', true],
    ['v1.0.17', true],
    ['v1.0.16', false],
    ['v1.1.0', true],
    ['v0.9.99', false],
    ['1.0.17', true],
    ['unreleased', true],
  ])('%s is v1.0.17 or later: %s', (version, expected) => {
    expect(isAtLeast(version, [1, 0, 17])).toBe(expected);
  });
});
