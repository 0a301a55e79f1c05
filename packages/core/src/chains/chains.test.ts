import { describe, expect, it } from '@jest/globals';
import { isAddress } from 'ethers';
import { chainOf, explorerLink, explorers } from './index.ts';

const known = [1, 100, 143, 8453, 59144, 11155111, 31337].map(chainOf);

describe('chainOf', () => {
  it('default: the chains that Hyperdrive is on', () => {
    expect(known.map(({ name }) => name)).toEqual([
      'mainnet',
      'gnosis',
      'monad',
      'base',
      'linea',
      'sepolia',
      'devnet',
    ]);
  });

  it('behavior: one that is not known gets cautious figures and is never local', () => {
    expect(chainOf(424242)).toMatchObject({ id: 424242, name: 'chain-424242', local: false, firstBlock: 0 });
    expect(chainOf(424242).registry).toBeUndefined();
  });

  it('behavior: only the development chain is local, where wallets are funded', () => {
    expect(known.filter(({ local }) => local).map(({ id }) => id)).toEqual([31337]);
  });

  it.each(known.map(chain => [chain.name, chain] as const))(
    'behavior: the line of %s is sound',
    (_, chain) => {
      expect(chain.gasMarginPercent).toBeGreaterThanOrEqual(100n);
      expect(chain.gasMarginPercent).toBeLessThanOrEqual(150n);
      expect(chain.blockTimeMs).toBeGreaterThan(0);
      expect(chain.defaultTipWei).toBeGreaterThan(0n);
      expect(chain.lowBalanceWei).toBeGreaterThan(0n);
      expect(chain.maxInFlight).toBeGreaterThan(0);
      // The caps leave room for the defaults, and a day's gas for more than an hour's.
      expect(chain.maxTipWei).toBeGreaterThanOrEqual(10n * chain.defaultTipWei);
      expect(chain.maxFeeWei).toBeGreaterThanOrEqual(10n * (chain.defaultBaseFeeWei + chain.defaultTipWei));
      expect(chain.gasPerDay).toBeGreaterThan(chain.gasPerHour);
      // The budget allows some hundred actions of 200,000 gas.
      expect(chain.gasPerHour).toBeGreaterThanOrEqual(300n * 200_000n);
      if (chain.registry !== undefined) expect(isAddress(chain.registry)).toBe(true);
      if (chain.explorer !== undefined) expect(chain.explorer).toMatch(/^https:\/\/[a-z.]+$/);
    },
  );

  it('behavior: where the gas limit is charged and not the use, the margin is small', () => {
    expect(chainOf(143).gasMarginPercent).toBeLessThan(chainOf(1).gasMarginPercent);
  });
});

describe('explorerLink', () => {
  it('default: to the transaction', () => {
    expect(explorerLink(chainOf(8453), '0x12')).toBe('https://basescan.org/tx/0x12');
    expect(explorers).toContain('https://basescan.org');
  });

  it('behavior: none where no explorer is known', () => {
    expect(explorerLink(chainOf(31337), '0x12')).toBeUndefined();
  });
});
