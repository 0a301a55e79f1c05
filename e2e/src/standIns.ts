import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Replacements of commands that are found before the machine's; each records its arguments before it runs its
 * script.
 */
export interface StandIns {
  readonly env: { readonly PATH: string };
  calls(): string[];
}

/** @param scripts the body of each command, in bash @param path where other commands are found */
export function standIns(
  home: string,
  scripts: Readonly<Record<string, string>>,
  path = String(process.env.PATH),
): StandIns {
  const folder = join(home, 'stand-ins');
  const calls = join(folder, 'calls');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(calls, '');
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(join(folder, name), `#!/bin/bash\necho "${name} $*" >>'${calls}'\n${script}\n`, {
      mode: 0o755,
    });
  return {
    env: { PATH: `${folder}:${path}` },
    calls: () => readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean),
  };
}
