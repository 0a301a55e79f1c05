// Loaded before a bot (`node --import`): puts it on the virtual clock of the process that started it, which
// sends each change of pace. The first anchor is in the query of this module's own URL, and so is the file that
// holds the present one. While the file of `withoutNames` exists, no name below `localhost` resolves.
import { existsSync, readFileSync, stat } from 'node:fs';
import process from 'node:process';
import { resolveLocalNames } from './localNames.ts';
import { type ClockAnchor, installVirtualClock, type WallClockError } from './virtualClock.ts';

/**
 * A message of the parent. The answer shows that the event loop and the threads for files are free, and that the
 * clock is applied.
 */
export interface ClockMessage {
  readonly id: number;
  readonly anchor?: ClockAnchor;
  readonly error?: WallClockError;
}

const query = new URL(import.meta.url).searchParams;
const file = query.get('file');
const clock = installVirtualClock(
  JSON.parse(query.get('anchor') ?? '{}') as ClockAnchor,
  file === null ? {} : { readAnchor: () => JSON.parse(readFileSync(file, 'utf8')) as ClockAnchor },
);
const withoutNames = query.get('withoutNames');
if (withoutNames !== null) resolveLocalNames(() => existsSync(withoutNames));
const error = query.get('error');
if (error !== null) clock.setError(JSON.parse(error) as WallClockError);

process.on('message', message => {
  const { id, anchor, error } = message as ClockMessage;
  if (anchor) clock.setAnchor(anchor);
  if (error) clock.setError(error);
  // By one of the threads, of which a slow disk may keep all.
  stat(import.meta.filename, () => process.send?.({ id }));
});
// The channel to the parent must not keep a finished bot running.
process.channel?.unref();
