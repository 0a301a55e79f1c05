import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, loadavg, networkInterfaces, totalmem, uptime } from 'node:os';

/**
 * Describes where a process runs. In a container, load and memory are the machine's, and the addresses are
 * the container's.
 * @param interfaces replaced in tests
 */
export function describeMachine(interfaces = networkInterfaces) {
  return {
    id: bootId(),
    addresses: addressesIn(interfaces),
    uptimeSeconds: Math.round(uptime()),
    load: loadavg()[0] ?? 0,
    cores: availableParallelism(),
    memoryAvailableBytes: freemem(),
    memoryTotalBytes: totalmem(),
  };
}

/**
 * Returns the addresses of the machine. They are read through a socket of its own kind (AF_NETLINK), which a
 * sandbox may refuse. A process must not end for want of its addresses.
 */
function addressesIn(interfaces: typeof networkInterfaces): string[] {
  try {
    return Object.values(interfaces()).flatMap(each =>
      (each ?? []).flatMap(({ address, internal }) =>
        internal || address.startsWith('fe80') ? [] : [address],
      ),
    );
  } catch {
    return [];
  }
}

/**
 * Returns an id that is the same in every container of one machine and changes at a reboot. The file is in
 * memory.
 */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
