import { describe, expect, it } from '@jest/globals';
import { interfaces } from '@service-bots/devnet';
import { FunctionFragment, type Interface } from 'ethers';
import { factoryAbi, poolAbi, registryAbi } from './abi.ts';
import { tradingAbi } from './tradingAbi.ts';

/** Returns the fragments without the parameter names, which do not reach the chain; outputs included. */
const shapes = (abi: Interface) =>
  abi.fragments.map(fragment => {
    const outputs =
      fragment instanceof FunctionFragment ? fragment.outputs.map(output => output.format('full')) : [];
    return [fragment.format('sighash'), fragment.type, outputs] as const;
  });

describe.each([
  ['IHyperdrive', poolAbi, interfaces.hyperdrive],
  ['IHyperdrive for traders', tradingAbi, interfaces.hyperdrive],
  ['HyperdriveRegistry', registryAbi, interfaces.registry],
  ['IHyperdriveFactory', factoryAbi, interfaces.factory],
])('the fragments of %s', (_, ours, published) => {
  it.each(shapes(ours))('%s is as published', (signature, type, outputs) => {
    const found = shapes(published).find(([sighash, kind]) => sighash === signature && kind === type);
    expect(found).toEqual([signature, type, outputs]);
  });
});
