import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { describeMachine } from '@service-bots/core/runtime';

/** This machine, for the page. */
export interface HostFacts extends ReturnType<typeof describeMachine> {
  readonly name: string;
  readonly diskAvailableBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
}

/**
 * @param address what operators reach this machine by; its network interfaces' addresses unless given
 * @param folder a folder on the disk that is measured
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
