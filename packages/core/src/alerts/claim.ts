import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a file for this process, by a note beside it. One that a killed process left behind counts for nothing, nor does
 * one by a process that has had the number since.
 * @returns the process that has it; undefined: this one
 * @throws when the note cannot be written
 */
export function claim(path: string): number | undefined {
  const note = `${path}.pid`;
  const [holder = '', began] = contentOf(note).split(' ');
  const pid = Number(holder);
  if (pid > 0 && pid !== process.pid && isAlive(pid) && beginningOf(pid) === began) return pid;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(note, `${process.pid} ${beginningOf(process.pid)}`);
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Since the machine's start, in ticks: `starttime` of proc(5). The same for all where there is no /proc. */
function beginningOf(pid: number): string {
  const stat = contentOf(`/proc/${pid}/stat`);
  // The name before it may have blanks and brackets in it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
