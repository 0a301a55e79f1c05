import type { Notice } from '../alert.ts';
import { cut } from './cut.ts';
import { digestOf, wordingOf } from './wording.ts';

/** https://core.telegram.org/bots/api#sendmessage allows 4,096 after entities; the rest is for what redaction adds. */
const most = 4_000;
/** Longer texts are cut before they are posted, which would leave half a tag. */
const mostEscaped = 8_000;
/** Parts of the whole; details get what is left. */
const shares = { headline: 0.08, message: 0.5, facts: 0.22, runbook: 0.1 };

/** A part of a message; every part begins a line. */
interface Part {
  text: string;
  tag?: 'b' | 'pre';
}

/** One message for these notices in Telegram's HTML, within its limit. */
export function telegramHtml(notices: readonly Notice[], environment?: string): string {
  for (let budget = most; ; budget *= 0.75) {
    const parts = partsOf(notices, budget, environment);
    const html = parts.map(({ text, tag }) => (tag ? `<${tag}>${escaped(text)}</${tag}>` : escaped(text)));
    // A character takes five at most once it is escaped, so this ends.
    if (html.join('\n').length <= mostEscaped) return html.join('\n');
  }
}

/** The same as plain text. */
export function plainText(notices: readonly Notice[], environment?: string): string {
  return partsOf(notices, most, environment)
    .map(({ text }) => text)
    .join('\n');
}

// Cut before it is escaped: half a character reference or tag would be refused.
function partsOf(notices: readonly Notice[], budget: number, environment?: string): Part[] {
  const [notice, ...more] = notices;
  if (notice && more.length === 0) return partsOfOne(notice, budget, environment);
  const { headline, lines } = digestOf(notices);
  const share = Math.floor((budget - headline.length) / lines.length) - 1;
  return [{ text: headline, tag: 'b' }, ...lines.map(line => ({ text: cut(line, share) }))];
}

function partsOfOne(notice: Notice, budget: number, environment?: string): Part[] {
  const share = (part: keyof typeof shares) => Math.floor(budget * shares[part]);
  const { headline, message, facts, runbook, details } = wordingOf(notice, environment);
  const parts: Part[] = [
    { text: cut(headline, share('headline')), tag: 'b' },
    { text: cut(message, share('message')) },
    { text: cut(facts.map(([name, value]) => `${name}: ${value}`).join('\n'), share('facts')) },
    ...(runbook === undefined ? [] : [{ text: cut(runbook, share('runbook')) }]),
  ];
  const left = Math.floor(budget) - parts.reduce((sum, { text }) => sum + text.length + 1, 0);
  const rest = cut(details.join('\n'), left);
  return rest === '' ? parts : [...parts, { text: rest, tag: 'pre' }];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
