import { setFlagsFromString } from 'node:v8';

/**
 * The first keeps V8's young generation at 2 MB once it has been that small: a bot's rounds would fill 32 MB of it
 * (Node 24: up to 128 MB) before anything is collected. The second takes it back to that after the libraries are loaded,
 * and lets the old generation grow in smaller steps. Both are read whenever V8 decides, so they work in a process that
 * runs already; `--max-semi-space-size` does not, and would have to be given to each bot wherever it is started. The third
 * leaves out a compiler that only Node 24 has on, and with it 6 MB of code and of what is kept to make it: a bot waits for
 * its node, not for its own code, and what runs often is compiled by the other one all the same.
 */
const flags = ['--semi-space-growth-factor=1', '--optimize-for-size', '--no-maglev'] as const;

/** Less memory for a little more CPU; the figures are in docs/benchmarks.md. */
export function keepHeapSmall(): void {
  for (const flag of flags) setFlagsFromString(flag);
}
