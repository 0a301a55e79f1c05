import { rmSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/**
 * The fake bot as one file, bundled as bots are (bundle.mjs), since tests start it some two hundred times. It
 * is built once for each worker of jest, beside the modules that the bundle leaves out.
 */
export const fakeBotEntry = fileURLToPath(
  new URL(`../../node_modules/.cache/fakeBot-${process.pid}.mjs`, import.meta.url),
);

buildSync({
  entryPoints: [fileURLToPath(new URL('../fixtures/fakeBot.mjs', import.meta.url))],
  outfile: fakeBotEntry,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  keepNames: true,
  external: ['yaml'],
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  logLevel: 'warning',
});
process.once('exit', () => rmSync(fakeBotEntry, { force: true }));
