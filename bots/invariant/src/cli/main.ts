import { ConfigError } from '@service-bots/core/config';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { printedReplay, replayJson } from '../replay/printedReplay.ts';
import { checkBlock } from './checkBlock.ts';
import { parseOptions, UsageError, usage } from './parseOptions.ts';
import { parseReplayOptions } from './parseReplayOptions.ts';
import { exitCodeOf, printed } from './printed.ts';
import { replayBlocks } from './replayBlocks.ts';

/** The exit code of a wrong configuration or command. */
const wrongSetUp = 78;
/** The exit code of a program that Ctrl-C ended. */
const interrupted = 130;

const args = process.argv.slice(2);
try {
  if (args[0] === 'replay' && !args.includes('--help') && !args.includes('-h')) await replay();
  else await check();
} catch (error) {
  failed(error);
}

async function check(): Promise<void> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const checked = await checkBlock(options, process.env);
  process.stdout.write(printed(checked));
  process.exitCode = exitCodeOf(checked);
}

async function replay(): Promise<void> {
  const options = parseReplayOptions(args);
  const stopping = new AbortController();
  // The present block is finished and the results are kept; a second Ctrl-C ends at once.
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  const outcome = await replayBlocks(options, process.env, {
    terminal: process.stderr,
    stop: stopping.signal,
    nowMs: () => performance.now(),
  });
  process.stdout.write(options.json ? replayJson(outcome) : printedReplay(outcome));
  if (outcome.stoppedAt !== undefined) process.exitCode = interrupted;
  else process.exitCode = outcome.tally.rows.length > 0 ? 1 : 0;
}

function failed(error: unknown): void {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n${usage}`);
  else process.stderr.write(`invariant: ${error instanceof ConfigError ? error.message : reasonOf(error)}\n`);
  const isSetUp = error instanceof UsageError || error instanceof SetupError;
  process.exitCode = isSetUp ? wrongSetUp : 2;
}
