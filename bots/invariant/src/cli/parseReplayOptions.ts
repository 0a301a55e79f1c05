import { parseArgs } from 'node:util';
import { addressOf, blockNumberOf, UsageError } from './parseOptions.ts';

/** The arguments of a replay. */
export interface ReplayOptions {
  from: number;
  /** A number, or the newest. */
  to: number | 'latest';
  /** Addresses; none: those of the registry. */
  pools: readonly string[];
  json: boolean;
  /** The path of the state file. If undefined, it is in the working directory and named after the range. */
  stateFile: string | undefined;
}

/** @throws UsageError with the mistake */
export function parseReplayOptions(args: readonly string[]): ReplayOptions {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (positionals.length > 1)
    throw new UsageError(`"${positionals.slice(1).join(' ')}" has no place in a replay`);
  const { from, to, pool = [], json = false, state } = values;
  if (from === undefined) throw new UsageError('--from is missing: give the first block of the range');
  if (to === undefined)
    throw new UsageError('--to is missing: give the last block of the range, or "latest"');
  const range = {
    from: blockNumberOf('--from', from),
    to: to === 'latest' ? to : blockNumberOf('--to', to),
  } as const;
  if (range.to !== 'latest' && range.from > range.to)
    throw new UsageError(`--from ${from}: is after --to ${to}`);
  const pools = [...new Set(pool.map(addressOf))];
  return { ...range, pools, json, stateFile: state };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      pool: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      state: { type: 'string' },
    },
  });
}
