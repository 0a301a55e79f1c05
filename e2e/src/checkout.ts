import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

/** The root of this checkout. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The repository as a fresh clone, which a test may change. */
export interface Checkout {
  readonly folder: string;
  /** The folder beside it, for secrets and settings. */
  readonly home: string;
  remove(): void;
}

export async function openCheckout(): Promise<Checkout> {
  const home = mkdtempSync(join(tmpdir(), 'service-bots-e2e-'));
  const folder = join(home, 'service-bots');
  const script = `
    mkdir "$1" && tar -c --exclude=.git --exclude=node_modules --exclude=dist --exclude=.turbo --exclude='.env*' . |
      tar -x -C "$1" && cp .env.example "$1"
    cd "$1" && git init -q && git add -A &&
      git -c user.name=e2e -c user.email=e2e@example.invalid commit -qm 'as it is' && git clean -fdqx`;
  await run('bash', ['-c', script, 'checkout', folder], { cwd: repository });
  return { folder, home, remove: () => rmSync(home, { recursive: true, force: true }) };
}
