import { parseArgs } from 'node:util';
import { getAddress } from 'ethers';
import { checkNames } from '../checks/index.ts';

/** The arguments of the command. */
export interface CheckOptions {
  pool: string;
  /** A number, or the newest. */
  block: number | 'latest';
  /** The block to compare with; undefined for the one that a bot with a check of every block uses. */
  against: number | undefined;
  /** Names of checks; all unless given. */
  checks: readonly string[];
}

export const usage = `usage: pnpm invariant check --pool <address> [--block <number>] [--against <number>] [--check <name>]…
       pnpm invariant replay --from <number> --to <number>|latest [--pool <address>]… [--json] [--state <file>]

check   Runs checks on one pool at one block (the newest unless given) and prints every number they use. A check that
        compares blocks uses the block before, or the block a look-back ago. --against names another block instead.
        Exit code: 0 all checks hold or do not apply, 1 a check fails, 2 a check could not be decided, 78 the command
        or the configuration is wrong.
replay  Runs all checks over past blocks and prints the alerts that the bot would have raised. Without --pool it takes
        the pools that the registry lists. It needs a node that has the state of these blocks. After Ctrl-C the same
        command continues, from the file of --state (invariant-replay-<from>-<to>.json unless given).
        Exit code: 0 no alert would have been raised, 1 an alert would have been raised, 2 a block could not be read,
        78 the command or the configuration is wrong, 130 stopped by Ctrl-C.

Both take the nodes from RPC_URI and the overrides from INVARIANT_OVERRIDES_FILE, as the bot does.
Checks: ${checkNames.join(', ')}

`;

/** Thrown when the command cannot be parsed. */
export class UsageError extends Error {}

/** @throws UsageError with the mistake */
export function parseOptions(args: readonly string[]): CheckOptions | 'help' {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  const [command, ...more] = positionals;
  if (command !== 'check' || more.length > 0)
    throw new UsageError(`the command is "check" or "replay", not "${positionals.join(' ')}"`);
  if (values.pool === undefined) throw new UsageError('--pool is missing: give the address of a pool');
  const unknown = (values.check ?? []).filter(name => !checkNames.includes(name));
  if (unknown.length > 0)
    throw new UsageError(
      `--check ${unknown.join(', ')}: there is no such check; there are ${checkNames.join(', ')}`,
    );
  const block = blockOf(values.block);
  const against = values.against === undefined ? undefined : blockNumberOf('--against', values.against);
  return { pool: addressOf(values.pool), block, against, checks: values.check ?? checkNames };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pool: { type: 'string' },
      block: { type: 'string', default: 'latest' },
      against: { type: 'string' },
      check: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

export function addressOf(text: string): string {
  try {
    return getAddress(text);
  } catch {
    const isHex = /^0x[0-9a-f]{40}$/i.test(text);
    const why = isHex
      ? 'is misspelt: its capital letters do not fit the rest'
      : 'is not an address (0x and 40 hex digits)';
    throw new UsageError(`--pool ${text}: ${why}`);
  }
}

function blockOf(text: string): number | 'latest' {
  if (text === 'latest') return text;
  if (!isNumber(text)) throw new UsageError(`--block ${text}: is neither a block's number nor "latest"`);
  return Number(text);
}

/** @param option as it was written, for the error */
export function blockNumberOf(option: string, text: string): number {
  if (!isNumber(text)) throw new UsageError(`${option} ${text}: is not a block's number`);
  return Number(text);
}

const isNumber = (text: string) => /^\d{1,15}$/.test(text);
