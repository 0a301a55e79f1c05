import { ConfigError } from '@service-bots/core/config';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { checkBlock } from './check.ts';
import { parseOptions, UsageError, usage } from './options.ts';
import { exitCodeOf, printed } from './print.ts';

/** The set-up or the command is wrong. */
const wrongSetUp = 78;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(usage);
  else {
    const checked = await checkBlock(options, process.env);
    process.stdout.write(printed(checked));
    process.exitCode = exitCodeOf(checked);
  }
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n${usage}`);
  else process.stderr.write(`invariant: ${error instanceof ConfigError ? error.message : reasonOf(error)}\n`);
  const isSetUp = error instanceof UsageError || error instanceof SetupError;
  process.exitCode = isSetUp ? wrongSetUp : 2;
}
