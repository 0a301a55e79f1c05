import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../errors/index.ts';
import type { Notice } from './alert.ts';
import { DeliveryFailed } from './deliveryFailed.ts';

/** From there on a new file is begun; the one before is kept. */
const longestBytes = 10_485_760;

/** Adds a notice that a service refused for good to a file of JSON lines. @throws when it cannot be written */
export function keepRefusal(path: string, at: number, channel: string, notice: Notice, error: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > longestBytes) renameSync(path, `${path}.old`);
  const answer = error instanceof DeliveryFailed ? error.answer : undefined;
  const line = { at: new Date(at).toISOString(), channel, reason: reasonOf(error), answer, notice };
  appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
