import type { BotProcess, LogLine } from '../process/botProcess.ts';

/** Returns its completed rounds so far. */
export function roundsOf(bot: BotProcess): LogLine[] {
  return bot.lines.filter(({ message }) => message === 'round completed');
}

export async function waitForRounds(bot: BotProcess, count: number, timeoutMs?: number): Promise<void> {
  await bot.waitForLine(() => roundsOf(bot).length >= count, timeoutMs);
}

/** Returns the time of a line, milliseconds since 1970. */
export function timeOf(line: LogLine): number {
  return Date.parse(String(line.time));
}

/** The figures of its process in the bot's own metrics. */
export interface ProcessFigures {
  residentMB: number;
  cpuSeconds: number;
  rounds: number;
}

export async function processFigures(bot: BotProcess): Promise<ProcessFigures> {
  const { body } = await bot.get('/metrics');
  const value = (name: string): number => {
    const line = body.split('\n').find(text => text.startsWith(`${name}{`));
    if (line === undefined) throw new Error(`the bot's metrics have no ${name}`);
    return Number(line.slice(line.lastIndexOf(' ')));
  };
  return {
    residentMB: value('process_resident_memory_bytes') / 1e6,
    cpuSeconds: value('process_cpu_seconds_total'),
    rounds: value('bot_rounds_total'),
  };
}
