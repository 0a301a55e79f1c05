import { setFlagsFromString } from 'node:v8';

/**
 * Less memory for a little more CPU; the figures are in docs/benchmarks.md. To be imported before anything else, since what
 * V8 takes while the libraries are loaded is given back late, if at all.
 *
 * The first flag keeps V8's young generation at 2 MB: a bot's rounds would fill 32 MB of it (Node 24: up to 128 MB) before
 * anything is collected. The second keeps it there from the start, and lets the old generation grow in smaller steps. The
 * other two leave out the compilers between the interpreter and the optimizing one (Node 20 has the first of them off by
 * itself), and with them 8 MB of code and of what is kept to make it: a bot waits for its node, not for its own code, and
 * what runs often is optimized all the same. All are read whenever V8 decides, so they work in a process that runs already;
 * `--max-semi-space-size` does not, and would have to be given to each bot wherever it is started.
 */
const flags = ['--semi-space-growth-factor=1', '--optimize-for-size', '--no-maglev', '--no-sparkplug'];

for (const flag of flags) setFlagsFromString(flag);
