import { parseArgs } from 'node:util';

export interface CliOptions {
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  /** Port of the JSON document with the addresses; 0 takes any free one. */
  readonly artifactsPort: number;
  /** Seconds between blocks. Without it, every transaction is mined at once. */
  readonly blockTime?: number;
  readonly chainId?: number;
  /** The number of newest blocks that keep their state. */
  readonly statesKept: number;
  readonly prizePools: number;
  /** File that holds the URL of the chain to fork; then nothing is deployed. */
  readonly forkUrlFile?: string;
  readonly forkBlock?: number;
  /** Files that hold private keys, whose wallets get ETH. */
  readonly fundKeys: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

/**
 * A bot catches up on the blocks that it missed during its replacement, 5 to 20 s. Each state is a copy that
 * grows with the chain's length: docs/fork.md has the figures.
 */
const usualStatesKept = 64;

export const usage = `Usage: pnpm devnet [options]

Starts a local chain with the real Hyperdrive contracts and stays up until Ctrl-C.

  --port <number>         port to listen on (default 8545; 0 takes any free one)
  --host <address>        address to listen on (default 127.0.0.1)
  --artifacts-port <n>    port of the JSON document with the addresses (default 0: any free one)
  --block-time <seconds>  a block every so many seconds, fractions allowed (default: one per transaction)
  --chain-id <number>     default 31337
  --states-kept <number>  newest blocks whose state can be read (default ${usualStatesKept}); each takes memory
  --prize-pools <number>  prize pools as well, so many (default 0)
  --fork-url-file <path>  fork the chain whose URL is in this file, and deploy nothing
  --fork-block <number>   fork at this block (default: the newest)
  --fund-keys <paths>     files with private keys, separated by commas, whose wallets get 1,000 ETH
  --json                  print the deployment as JSON
  --help                  print this
`;

/** @throws Error whose message lists all mistakes in the arguments, in one line. */
export function cliOptions(args: readonly string[]): CliOptions {
  const values = parse(args);
  const problems: string[] = [];
  const number = (
    flag: string,
    text: string | undefined,
    isGood: (value: number) => boolean,
    wanted: string,
  ): number | undefined => {
    if (text === undefined) return undefined;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!isGood(value)) problems.push(`--${flag} must be ${wanted}, not "${text}"`);
    return value;
  };
  const port = number(
    'port',
    values.port,
    value => Number.isInteger(value) && value >= 0 && value <= 65_535,
    'a port from 0 to 65535',
  );
  const artifactsPort = number(
    'artifacts-port',
    values['artifacts-port'],
    value => Number.isInteger(value) && value >= 0 && value <= 65_535,
    'a port from 0 to 65535',
  );
  const blockTime = number(
    'block-time',
    values['block-time'],
    value => value > 0 && Number.isFinite(value),
    'seconds above 0, such as 2 or 0.4',
  );
  const chainId = number(
    'chain-id',
    values['chain-id'],
    value => Number.isSafeInteger(value) && value > 0,
    'a whole number above 0',
  );
  const statesKept = number(
    'states-kept',
    values['states-kept'],
    value => Number.isSafeInteger(value) && value > 0,
    'a whole number above 0',
  );
  const prizePools = number(
    'prize-pools',
    values['prize-pools'],
    value => Number.isInteger(value) && value >= 0 && value <= 1_000,
    'a whole number from 0 to 1000',
  );
  const forkBlock = number(
    'fork-block',
    // A compose file passes an absent block as an empty text.
    values['fork-block'] || undefined,
    value => Number.isSafeInteger(value) && value >= 0,
    'a block number',
  );
  const { 'fork-url-file': forkUrlFile, 'fund-keys': fundKeys } = values;
  if (forkBlock !== undefined && forkUrlFile === undefined)
    problems.push('--fork-block needs --fork-url-file');
  if (problems.length > 0) throw new Error(problems.join('; '));
  return {
    port: port ?? 8545,
    host: values.host,
    artifactsPort: artifactsPort ?? 0,
    ...(blockTime === undefined ? {} : { blockTime }),
    ...(chainId === undefined ? {} : { chainId }),
    statesKept: statesKept ?? usualStatesKept,
    prizePools: prizePools ?? 0,
    ...(forkUrlFile === undefined ? {} : { forkUrlFile }),
    ...(forkBlock === undefined ? {} : { forkBlock }),
    fundKeys: fundKeys?.split(',') ?? [],
    json: values.json,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8545' },
        host: { type: 'string', default: '127.0.0.1' },
        'artifacts-port': { type: 'string', default: '0' },
        'block-time': { type: 'string' },
        'chain-id': { type: 'string' },
        'states-kept': { type: 'string' },
        'prize-pools': { type: 'string' },
        'fork-url-file': { type: 'string' },
        'fork-block': { type: 'string' },
        'fund-keys': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    // node's message has many lines; the first one has the reason.
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new Error(message, { cause });
  }
}
