import { type ActName, acts } from './acts.ts';
import type { DemoOptions } from './options.ts';
import { Page } from './page.ts';
import { type Ending, Performance } from './performance.ts';
import type { Terminal } from './terminal.ts';

const readOn =
  'Read on: README.md, docs/architecture.md, and src/bot.ts in each folder of bots/, which is the bot.';

/** Plays the acts one after the other, up to the first that fails. */
export async function runDemo(
  terminal: Terminal,
  { act, once }: DemoOptions<ActName>,
  stop: AbortSignal,
): Promise<Ending> {
  const names = act === undefined ? (Object.keys(acts) as ActName[]) : [act];
  const page = new Page();
  for (const [i, name] of names.entries()) {
    const isLast = i === names.length - 1;
    const number = names.length === 1 ? '' : `Act ${i + 1} of ${names.length}`;
    const ending = await new Performance(acts[name], terminal, stop, page).run(number, isLast && !once);
    if (ending !== 'as it should') return ending;
    if (!isLast && stop.aborted) return 'interrupted';
  }
  terminal.line(
    once
      ? 'Everything is stopped. Without ONCE=1, make demo leaves the last chain and its bot up to look at.'
      : 'Stopped.',
  );
  if (once) terminal.line(readOn);
  return 'as it should';
}
