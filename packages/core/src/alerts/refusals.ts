import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from '../errors/index.ts';
import type { Notice } from './alert.ts';
import { DeliveryFailed } from './deliveryFailed.ts';

/** At this size a new file is begun; the previous one is kept. */
const longestBytes = 10_485_760;

/**
 * Appends a notice that a service refused for good to a file of JSON lines.
 * @throws when it cannot be written
 */
export async function keepRefusal(
  path: string,
  at: number,
  channel: string,
  notice: Notice,
  error: unknown,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const found = await stat(path).catch(() => undefined);
  if (found && found.size > longestBytes) await rename(path, `${path}.old`);
  const answer = error instanceof DeliveryFailed ? error.answer : undefined;
  const line = { at: new Date(at).toISOString(), channel, reason: reasonOf(error), answer, notice };
  await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
