import type { Notice } from '../alert.ts';
import { cut } from './cut.ts';
import { type Context, digestOf, wordingOf } from './wording.ts';

/** The way a service writes a message, and its limits. */
export interface Style {
  /** The most visible characters, in UTF-16 units. */
  most: number;
  /** The most characters after escaping; escaping makes five of one character at most. */
  mostWritten: number;
  /** Returns a text in which no character has a meaning of its own. */
  escaped(text: string): string;
  link(url: string): string;
  /** Returns an escaped text in bold. */
  bold(text: string): string;
  code(text: string): string;
}

/** A part of a message; every part begins a line. */
interface Part {
  text: string;
  as?: 'bold' | 'code' | 'link';
}

/** Shares of the whole; details get the remainder. */
const shares = { headline: 0.08, message: 0.5, facts: 0.22, runbook: 0.1 };

/**
 * Returns one message for these notices. Texts are redacted first, since a secret that is cut or escaped
 * would not be recognised any more. They are cut before they are escaped: half a character reference, tag or
 * escape would be refused, or would change the text after it.
 */
export function messageText(notices: readonly Notice[], style: Style, context: Context): string {
  for (let budget = style.most; ; budget *= 0.75) {
    const lines = partsOf(notices, Math.floor(budget), context).map(({ text, as }) => {
      if (as === 'link') return style.link(text);
      return as ? style[as](style.escaped(text)) : style.escaped(text);
    });
    const written = lines.join('\n');
    if (written.length <= style.mostWritten || budget < 1) return written;
  }
}

function partsOf(notices: readonly Notice[], budget: number, context: Context): Part[] {
  const [notice, ...more] = notices;
  if (notice && more.length === 0) return partsOfOne(notice, budget, context);
  const { headline, lines } = digestOf(notices, context);
  const share = Math.floor((budget - headline.length) / lines.length) - 1;
  return [{ text: headline, as: 'bold' }, ...lines.map(line => ({ text: cut(line, share) }))];
}

function partsOfOne(notice: Notice, budget: number, context: Context): Part[] {
  const share = (part: keyof typeof shares) => Math.floor(budget * shares[part]);
  const { headline, message, facts, runbook, details } = wordingOf(notice, context);
  const parts: Part[] = [
    { text: cut(headline, share('headline')), as: 'bold' },
    { text: cut(message, share('message')) },
    { text: cut(facts.map(([name, value]) => `${name}: ${value}`).join('\n'), share('facts')) },
    ...(runbook === undefined ? [] : [{ text: cut(runbook, share('runbook')), as: 'link' as const }]),
  ];
  const left = budget - parts.reduce((sum, { text }) => sum + text.length + 1, 0);
  const rest = cut(details.join('\n'), left);
  return rest === '' ? parts : [...parts, { text: rest, as: 'code' }];
}
