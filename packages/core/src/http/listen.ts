import type { Server } from 'node:http';
import { ConfigError } from '../config/index.ts';

/** The reasons that a person can resolve, in words. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process',
  EADDRNOTAVAIL: 'is not an address of this machine',
  EACCES: 'may not be listened on by this user',
};

interface Address {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** The setting that names the port. */
  variable: string;
}

/**
 * Starts a server on an address.
 * @throws ConfigError when the address cannot be used
 */
export function listen(server: Server, { host, port, variable }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      const problem = `${host}:${port} ${reasons[code] ?? 'cannot be listened on'} (${code}); choose a free port, or 0 for any`;
      reject(new ConfigError([{ variable, problem }]));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}
