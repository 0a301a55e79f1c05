import process from 'node:process';
import { type ActName, acts } from './acts.ts';
import { demoOptions, usage } from './options.ts';
import { runDemo } from './runDemo.ts';
import { Terminal } from './terminal.ts';

const exitCodes = { 'as it should': 0, failed: 1, usage: 2, interrupted: 130 } as const;

const { stdout, stderr, env } = process;
const actNames = Object.keys(acts) as ActName[];
// No escape codes for an output that does not show colours.
const live = stdout.isTTY === true && !env.CI && !env.NO_COLOR && env.TERM !== 'dumb';
const stop = new AbortController();
const interrupt = () => {
  // A second Ctrl-C ends at once: the chain and the bot die with this process.
  if (stop.signal.aborted) process.exit(exitCodes.interrupted);
  stop.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
// The reader of our output is gone (`make demo | head`), so the demo ends.
stdout.on('error', interrupt);

try {
  const options = readOptions();
  if (options.help) {
    stdout.write(usage(actNames));
  } else {
    process.exitCode = exitCodes[await runDemo(new Terminal(stdout, live), options, stop.signal)];
  }
} catch (error) {
  process.exitCode = exitCodes.failed;
  stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
}
// An explicit exit: the pending work of an interrupted step must not keep the process alive.
process.exit();

function readOptions() {
  try {
    return demoOptions(process.argv.slice(2), env, actNames);
  } catch (error) {
    stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${usage(actNames)}`);
    process.exit(exitCodes.usage);
  }
}
