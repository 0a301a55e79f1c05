import type { Style } from './messageText.ts';

/**
 * https://core.telegram.org/bots/api#sendmessage allows 4,096 after entities; the rest is for text that
 * redaction adds.
 */
const most = 4_000;

/** Telegram's HTML. */
export const telegramHtml: Style = {
  most,
  // Longer texts are cut before they are posted, which would leave half a tag.
  mostWritten: 8_000,
  escaped: htmlEscaped,
  link: htmlEscaped,
  bold: text => `<b>${text}</b>`,
  code: text => `<pre>${text}</pre>`,
};

/** The style of a text that is not read as HTML. */
export const plainText: Style = {
  most,
  mostWritten: most,
  escaped: text => text,
  link: url => url,
  bold: text => text,
  code: text => text,
};

function htmlEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
