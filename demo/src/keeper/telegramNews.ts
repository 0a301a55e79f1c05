const newsMark = 'ℹ️';

/** Returns the lines of a Telegram message that describe the event, without the facts below them. */
export function newsLines(text: string): string[] {
  const [headline = '', ...lines] = text.split('\n');
  // A message with several events has a line for each; see core's messageText.
  if (/: \d+ notices at once$/.test(headline)) return lines;
  const [message = ''] = lines;
  const [, mark = '', title = ''] = /^(\P{ASCII}*)\s*(.*)$/u.exec(headline) ?? [];
  return [mark === newsMark ? message : `${title}: ${message}`];
}

/** Returns whether a message is about the keeper's action in this block. */
export function tellsOf(text: string, block: number): boolean {
  return text.includes(`in block ${block},`);
}
