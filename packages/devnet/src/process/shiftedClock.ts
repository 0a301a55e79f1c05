// Loaded before a bot (`node --import`): shifts its wall clock, by `?shiftMs` of its own URL at first and by
// the parent's messages afterwards. Only `Date` is shifted: timers, `performance` and `process.hrtime`
// measure durations, which stay as they are; so does `Intl.DateTimeFormat` without a date.
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
// The channel to the parent must not keep a finished bot running.
process.channel?.unref();
