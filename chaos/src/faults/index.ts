import { chainFaults } from './chains.ts';
import { channelFaults } from './channels.ts';
import { clockFaults } from './clocks.ts';
import { stateFaults } from './disks.ts';
import { endpointFaults } from './endpoints.ts';
import { poolFaults } from './pools.ts';
import { processFaults } from './processes.ts';
import type { FaultSpec } from './spec.ts';

/** Every fault that a campaign can inject. */
export const specs: readonly FaultSpec[] = [
  ...endpointFaults,
  ...processFaults,
  ...channelFaults,
  ...clockFaults,
  ...chainFaults,
  ...poolFaults,
  ...stateFaults,
];

export function specOf(name: string): FaultSpec {
  const found = specs.find(spec => spec.name === name);
  if (!found)
    throw new Error(`there is no fault "${name}"; there are ${specs.map(spec => spec.name).join(', ')}`);
  return found;
}
