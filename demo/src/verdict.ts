import type { Exit, LogLine } from '@service-bots/devnet';

/** A claim of an act, and whether it holds. */
export interface Verdict {
  readonly claim: string;
  readonly holds: boolean;
  readonly detail: string;
}

export function claim(text: string, holds: boolean, detail: () => string): Verdict {
  return { claim: text, holds, detail: detail() };
}

/** @param exit undefined when the bot was never stopped */
export function stoppedCleanly(exit: Exit | undefined): Verdict {
  return claim('the bot stopped cleanly', exit?.code === 0, () => ending(exit));
}

/** @param complaints lines of a bot's log above info */
export function quietLog(complaints: readonly string[], text = 'nothing went wrong in its log'): Verdict {
  return claim(text, complaints.length === 0, () => complaints[0] ?? 'no line above info');
}

export function complaintsIn(lines: readonly LogLine[]): string[] {
  return lines
    .filter(({ level }) => level !== 'info' && level !== 'debug')
    .map(({ level, message }) => `${level}: ${message}`);
}

/** `exit 0`, `killed by SIGKILL`. */
export function ending(exit: Exit | undefined): string {
  if (!exit) return 'never stopped';
  return exit.code === null ? `killed by ${exit.signal}` : `exit ${exit.code}`;
}

/** `1 mint`, `2 mints`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
