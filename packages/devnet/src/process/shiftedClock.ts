// Loaded before a bot (`node --import`): shifts its wall clock, by `?shiftMs` of our own URL at first and by what
// the parent says afterwards. Only `Date` is shifted: timers, `performance` and `process.hrtime` measure durations,
// which stay as they are; so does `Intl.DateTimeFormat` when it is given no date.
import process from 'node:process';

const now = Date.now;
let shiftMs = Number(new URL(import.meta.url).searchParams.get('shiftMs') ?? 0);

Date.now = () => now() + shiftMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget),
  apply: target => new target(target.now()).toString(),
});
Date.prototype.constructor = Date;

process.on('message', message => {
  ({ shiftMs } = message as { shiftMs: number });
  process.send?.({ shiftMs });
});
// Whether the parent is still there must not keep a bot running that is done.
process.channel?.unref();
