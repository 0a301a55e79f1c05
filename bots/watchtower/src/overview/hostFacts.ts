import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { describeMachine } from '@service-bots/core/runtime';

/** The facts about this machine, for the page. */
export interface HostFacts extends ReturnType<typeof describeMachine> {
  readonly name: string;
  readonly diskAvailableBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
}

/**
 * Returns the facts about this machine.
 * @param address the address by which operators reach this machine; by default those of its network
 * interfaces
 * @param folder a folder on the disk whose space is measured
 */
export async function readHostFacts(address: string | undefined, folder: string): Promise<HostFacts> {
  const machine = describeMachine();
  const disk = await statfs(folder).catch(() => undefined);
  return {
    ...machine,
    name: hostname(),
    addresses: address === undefined ? machine.addresses : [address],
    diskAvailableBytes: disk && disk.bavail * disk.bsize,
    diskTotalBytes: disk && disk.blocks * disk.bsize,
  };
}
