/** https://core.telegram.org/bots/api#html-style */
const tags = new Set([
  'a',
  'b',
  'blockquote',
  'code',
  'del',
  'em',
  'i',
  'ins',
  'pre',
  's',
  'span',
  'strike',
  'strong',
  'tg-emoji',
  'tg-spoiler',
  'u',
]);

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

export interface ParsedHtml {
  /** The text that a reader sees: without tags, character references decoded. */
  readonly text: string;
  readonly links: readonly string[];
}

/**
 * Parses Telegram's HTML as its server does: a few tags, properly nested and closed; the four named character
 * references and the numeric ones; every other `&` is literal, and no other `<` is allowed.
 * @throws Error with Telegram's words after `Bad Request: can't parse entities: `
 */
export function parseTelegramHtml(html: string): ParsedHtml {
  const open: { name: string; at: number }[] = [];
  const links: string[] = [];
  let text = '';
  let at = 0;
  while (at < html.length) {
    const next = html.slice(at);
    if (!next.startsWith('<')) {
      const plain = /^[^<]+/.exec(next)?.[0] ?? '';
      text += unescaped(plain);
      at += plain.length;
      continue;
    }
    const offset = Buffer.byteLength(html.slice(0, at));
    const end = /^<\/([^>\s]*)\s*>/.exec(next);
    if (end) {
      const name = (end[1] ?? '').toLowerCase();
      const started = open.pop();
      if (!started) throw new Error(`Unexpected end tag at byte offset ${offset}`);
      if (name !== '' && name !== started.name)
        throw new Error(
          `Unmatched end tag at byte offset ${offset}, expected "</${started.name}>", found "</${name}>"`,
        );
      at += end[0].length;
      continue;
    }
    if (next.startsWith('</')) throw new Error(`Unclosed end tag at byte offset ${offset}`);
    const name = (/^<([^>\s]*)/.exec(next)?.[1] ?? '').toLowerCase();
    if (!tags.has(name)) throw new Error(`Unsupported start tag "${name}" at byte offset ${offset}`);
    const start = /^<[^>\s]*((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*>/i.exec(next);
    if (!start) throw new Error(`Unclosed start tag at byte offset ${offset}`);
    const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(start[1] ?? '');
    if (name === 'a' && href) links.push(unescaped(href[1] ?? href[2] ?? href[3] ?? ''));
    open.push({ name, at: offset });
    at += start[0].length;
  }
  const unclosed = open.pop();
  if (unclosed)
    throw new Error(
      `Can't find end tag corresponding to start tag "${unclosed.name}" at byte offset ${unclosed.at}`,
    );
  return { text, links };
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const code = hex !== undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
