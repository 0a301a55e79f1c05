import process from 'node:process';
import { parseArgs } from 'node:util';
import { ConfigError } from '@service-bots/core/config';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { getAddress, isAddress } from 'ethers';
import { backtestText } from '../backtest/report.ts';
import { backtest } from './backtest.ts';
import { decideHalt } from './decideHalt.ts';
import { planNow, planText } from './planNow.ts';
import { reportOf, reportText } from './report.ts';

const usage = `usage: pnpm lpandarb plan [--wallet <address>] [--json]     prints the steps of now and their reasons; needs no key
       pnpm lpandarb report [--json]                       prints trades and earnings from the ledger in STATE_DIR
       pnpm lpandarb backtest --from <block or time> [--to <block or time>] [--every <blocks>] [--json]
                                                           prints trades and earnings over past blocks
       pnpm lpandarb halt [--why <text>]                     opens no position until it is resumed
       pnpm lpandarb unwind [--why <text>]                   closes everything, step by step
       pnpm lpandarb resume                                  ends a halt or an unwind
The settings are those of the bot. Exit code: 0 done, 2 failed, 78 wrong command or set-up.
`;

const wrongSetUp = 78;

/** The options of each command. An option that a command would ignore is refused. */
const optionsOf = new Map([
  ['plan', ['wallet', 'json']],
  ['report', ['json']],
  ['backtest', ['from', 'to', 'every', 'json']],
  ['halt', ['why']],
  ['unwind', ['why']],
  ['resume', []],
]);

/** The arguments are not a valid command. */
class UsageError extends Error {}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const text = error instanceof ConfigError || isUsage ? error.message : reasonOf(error);
  process.stderr.write(isUsage ? `${text}\n${usage}` : `lpandarb: ${text}\n`);
  process.exitCode = isUsage || error instanceof SetupError ? wrongSetUp : 2;
}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args);
  const [command, ...more] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(usage);
    return;
  }
  // In an emergency `halt the vault is hacked` has to halt. The words are the reason.
  const isOrder = command === 'halt' || command === 'unwind';
  if (more.length > 0 && !isOrder) throw new UsageError(`there is one argument too many: ${more.join(' ')}`);
  const known = optionsOf.get(command);
  if (!known) throw new UsageError(`there is no command ${command}`);
  const [foreign] = Object.keys(values).filter(name => !known.includes(name));
  if (foreign !== undefined) throw new UsageError(`${command} has no option --${foreign}`);
  const json = (value: unknown) =>
    `${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), 2)}\n`;
  switch (command) {
    case 'plan': {
      const { wallet } = values;
      if (wallet !== undefined && !isAddress(wallet))
        throw new UsageError(`--wallet ${wallet} is not an address`);
      const planned = await planNow(process.env, wallet === undefined ? undefined : getAddress(wallet));
      process.stdout.write(values.json ? json(planned) : planText(planned));
      return;
    }
    case 'report': {
      const report = await reportOf(process.env);
      process.stdout.write(values.json ? json(report) : reportText(report));
      return;
    }
    case 'backtest': {
      const { from, to, every } = values;
      if (from === undefined) throw new UsageError('backtest needs --from, a block or a time');
      if (every !== undefined && !/^[1-9]\d{0,8}$/.test(every))
        throw new UsageError(`--every ${every} is not a number of blocks`);
      const blocks = every === undefined ? undefined : Number(every);
      const done = await backtest(
        process.env,
        { from, to, every: blocks },
        { terminal: process.stderr, nowMs: () => performance.now() },
      );
      process.stdout.write(values.json ? json(done) : backtestText(done));
      return;
    }
    case 'halt':
    case 'unwind':
    case 'resume': {
      const { text, warning } = decideHalt(process.env, command, values.why ?? more.join(' '));
      process.stdout.write(`${text}\n`);
      if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
      return;
    }
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        wallet: { type: 'string' },
        why: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        every: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
