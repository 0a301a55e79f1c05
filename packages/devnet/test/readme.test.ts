import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const folder = fileURLToPath(new URL('..', import.meta.url));

describe('README', () => {
  it('default: its example runs as it is', async () => {
    const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${folder}README.md`, 'utf8'))?.[1];
    expect(example).toContain('deployHyperdrive(anvil)');
    // The package resolves its own name from its own folder.
    const args = ['--input-type=module', '-e', example as string];
    await expect(promisify(execFile)(process.execPath, args, { cwd: folder })).resolves.toEqual({
      stdout: '',
      stderr: '',
    });
  });
});
