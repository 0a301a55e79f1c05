import { expect, it } from '@jest/globals';
import { assetId as devnetAssetId } from '@service-bots/devnet';
import fc from 'fast-check';
import { assetId } from './assetId.ts';

it('puts the kind into the highest byte and the maturity into the rest', () => {
  expect(assetId('lp', 0)).toBe(0n);
  expect(assetId('long', 5)).toBe((1n << 248n) + 5n);
  expect(assetId('short', 5)).toBe((2n << 248n) + 5n);
  expect(assetId('withdrawalShares', 0)).toBe(3n << 248n);
});

it('agrees with the devnet, whose ids the contracts have accepted', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('long' as const, 'short' as const),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (kind, maturity) => {
        expect(assetId(kind, maturity)).toBe(devnetAssetId(kind, maturity));
      },
    ),
  );
});
