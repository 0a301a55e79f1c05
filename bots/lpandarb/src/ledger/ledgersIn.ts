import { existsSync, readdirSync } from 'node:fs';

/** Returns the names of the ledgers in a state folder: one for each chain, and one for each chain on paper. */
export function ledgersIn(stateDir: string): string[] {
  if (!existsSync(stateDir)) return [];
  return readdirSync(stateDir).filter(name => /^lpandarb-.*\.sqlite$/.test(name));
}
