import { cpus, totalmem } from 'node:os';
import process from 'node:process';
import type { Anvil } from '../chain/anvil.ts';

/**
 * Returns a description of the machine that took the figures, in one line. @param anvil where a chain had a
 * part in them
 */
export async function describeMachine(anvil?: Anvil): Promise<string> {
  const processors = cpus();
  const memoryGB = Math.round(totalmem() / 2 ** 30);
  const client = anvil && ((await anvil.send('web3_clientVersion')) as string);
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}`,
    `${memoryGB} GB memory`,
    `${process.platform}-${process.arch}`,
    `Node ${process.version}`,
    ...(client === undefined ? [] : [client]),
  ].join(', ');
}
