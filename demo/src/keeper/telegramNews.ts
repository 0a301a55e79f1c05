const newsMark = 'ℹ️';

/** The lines of a Telegram message that say what happened, without the facts below them. */
export function newsLines(text: string): string[] {
  const [headline = '', ...lines] = text.split('\n');
  // Several at once are a line each; see core's messageText.
  if (/^\d+ notices at once$/.test(headline)) return lines;
  const [message = ''] = lines;
  const [, mark = '', title = ''] = /^(\P{ASCII}*)\s*(.*)$/u.exec(headline) ?? [];
  return [mark === newsMark ? message : `${title}: ${message}`];
}

/** Whether a message tells of what the keeper did in this block. */
export function tellsOf(text: string, block: number): boolean {
  return text.includes(`in block ${block},`);
}
