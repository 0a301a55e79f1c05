// Loaded before a bot (`node --import`): puts it on the virtual clock of the process that started it, which
// sends each change of pace. The first anchor is in the query of this module's own URL, and so is the file that
// holds the present one. While the file of `withoutNames` exists, no name below `localhost` resolves. A container has
// no parent to send it messages: they come through the socket that the query names, each a line of JSON.
// It imports nothing but Node's own modules and its siblings, since an image holds no other.
import { existsSync, readFileSync, stat } from 'node:fs';
import { connect } from 'node:net';
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

function take({ id, anchor, error }: ClockMessage, answer: (answered: { id: number }) => void): void {
  if (anchor) clock.setAnchor(anchor);
  if (error) clock.setError(error);
  // By one of the threads, of which a slow disk may keep all.
  stat(import.meta.filename, () => answer({ id }));
}

const socket = query.get('socket');
if (socket === null) {
  process.on('message', message => take(message as ClockMessage, answered => void process.send?.(answered)));
  // The channel to the parent must not keep a finished bot running.
  process.channel?.unref();
} else {
  const link = connect(socket).setEncoding('utf8').unref();
  let begun = '';
  link.on('data', chunk => {
    const lines = `${begun}${chunk}`.split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines)
      take(JSON.parse(line) as ClockMessage, answered => void link.write(`${JSON.stringify(answered)}\n`));
  });
}
