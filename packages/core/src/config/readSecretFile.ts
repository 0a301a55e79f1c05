import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Refusal } from './parsed.ts';

/**
 * Docker and Kubernetes put secrets into this folder, readable by every user of a container with a single
 * user.
 */
export const secretsFolder = '/run/secrets';

const mostBytes = 65_536;

/**
 * Returns the content of a secret's file, without the line breaks at its end. Undefined when the shared
 * folder holds an empty file: a compose file mounts every secret that a bot may have, and the unused ones are
 * empty.
 * @param path absolute or relative to `cwd`
 * @param sharedFolder the folder whose files every user may read
 * @throws Refusal with a text that holds no content
 */
export function readSecretFile(path: string, cwd: string, sharedFolder: string): string | undefined {
  const file = realPathOf(resolve(cwd, path));
  const isShared = isUnder(file, sharedFolder);
  const content = contentOf(file, isShared).replace(/[\r\n]+$/, '');
  if (content.trim() !== '') return content;
  if (isShared) return undefined;
  throw new Refusal('points at an empty file');
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new Refusal(`points at a file that cannot be read (${codeOf(error)})`);
  }
}

function isUnder(file: string, folder: string): boolean {
  try {
    return file.startsWith(realpathSync(folder) + sep);
  } catch {
    return false;
  }
}

function contentOf(file: string, mayBeShared: boolean): string {
  let descriptor: number;
  try {
    // O_NONBLOCK: opening a named pipe without a writer would wait for ever.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new Refusal(`points at a file that cannot be read (${codeOf(error)})`);
  }
  try {
    // The status is that of the open file and not of its name: the name may lead to another file by now.
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Refusal('points at something that is not a file');
    if (status.size > mostBytes) throw new Refusal(`points at a file of more than ${mostBytes} bytes`);
    if (!mayBeShared && (status.mode & 0o077) !== 0) {
      const mode = (status.mode & 0o777).toString(8);
      throw new Refusal(`points at a file that others can read (mode ${mode}): chmod 600 ${inShell(file)}`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Returns a path in the form that a shell accepts. */
function inShell(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'unknown reason');
}
