import process from 'node:process';
import { inspect } from 'node:util';
import { formatTable, type Row, verdict } from './table.ts';

/** A single measurement. */
export type Measurement = readonly [what: string, measure: () => Promise<Row[]>];

/**
 * Takes the measurements one after the other and prints all figures beside their targets. Progress goes to
 * standard error. A measurement that fails is reported, and the process then ends with 1.
 * @param machine a description of the machine, in one line
 */
export async function runBench(machine: string, measurements: readonly Measurement[]): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const startedAt = Date.now();
  const say = (text: string) =>
    process.stderr.write(`${`${Math.round((Date.now() - startedAt) / 1_000)}`.padStart(4)} s  ${text}\n`);
  // An unhandled rejection spoils at most one figure. Without this listener it would end the process, and all
  // other figures would be lost.
  process.on('unhandledRejection', reason => {
    process.exitCode = 1;
    say(`a rejection that nobody caught: ${inspect(reason)}`);
  });
  const rows: Row[] = [];
  for (const [what, measure] of measurements) {
    say(what);
    try {
      rows.push(...(await measure()));
    } catch (error) {
      process.exitCode = 1;
      say(`${what} could not be measured: ${inspect(error)}`);
      rows.push({ what, figure: 'could not be measured', met: false });
    }
  }
  say('done');
  process.stdout.write(`\n${machine}\n\n${formatTable(rows)}\n${verdict(rows)}\n`);
  process.stdout.write('Three figures separated by slashes are the least, the median and the most.\n');
}
