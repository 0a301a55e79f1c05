import { setFlagsFromString } from 'node:v8';

/**
 * Reduces memory for a little more CPU; the figures are in docs/benchmarks/checkpoint.md. It has to be imported before
 * any other module, since V8 returns late, if at all, the memory that it takes while the libraries are
 * loaded.
 *
 * The first flag keeps V8's young generation at 2 MB: a bot's rounds would fill 32 MB of it (Node 24: up to
 * 128 MB) before any garbage collection. The second keeps it there from the start, and lets the old
 * generation grow in smaller steps. The other two omit the compilers between the interpreter and the
 * optimizing one (Node 20 has the first of them off by default). Both flags together save 8 MB of code and of
 * the data for making it. A bot waits for its node, not for its own code, and code that runs often is
 * optimized all the same. V8 reads all of these flags whenever it decides, so they work in a running process.
 * `--max-semi-space-size` does not, and would have to be set at each place that starts a bot.
 */
const flags = ['--semi-space-growth-factor=1', '--optimize-for-size', '--no-maglev', '--no-sparkplug'];

for (const flag of flags) setFlagsFromString(flag);
