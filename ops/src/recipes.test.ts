import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('the recipes of CONTRIBUTING.md for a bot, a check, a channel and a chain work on a copy of the tree', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['recipes/try.mjs'], { cwd: root });
  expect(stdout).toBe(
    [
      'bot: 12 files touched by hand, 2 outside of its folder',
      'check: 4 files touched by hand',
      'channel: 3 files touched by hand',
      'chain: 1 files touched by hand',
      '',
    ].join('\n'),
  );
}, 600_000);
