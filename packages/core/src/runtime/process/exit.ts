import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 20;
/** Less than what is left of the 5 s that a crash may take. */
const patienceMs = 400;

/**
 * Ends the process. `process.exit` waits for the file operations under way, and waits for ever when a file
 * server is gone. After 400 ms the process is therefore ended by SIGKILL.
 */
export async function exit(code: number): Promise<never> {
  for (let waitedMs = 0; waitedMs < patienceMs && isAtFiles(); waitedMs += lookEveryMs)
    await pause(lookEveryMs);
  if (isAtFiles()) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

function isAtFiles(): boolean {
  return process.getActiveResourcesInfo().includes('FSReqPromise');
}
